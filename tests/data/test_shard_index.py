import json
import os
from pathlib import Path

import numpy as np
import pytest
from shard_files import make_png, write_tar

from fcn_captcha.data import shard_index
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.shard_index import ENTRY, INDEX_NAME, ShardIndex, read_index
from fcn_captcha.data.splits import find_rank, find_tenth


def read(folder: Path) -> ShardIndex:
    return read_index(folder, sorted(folder.glob("*.tar")))


def tell(index: ShardIndex) -> list[tuple[str, str]]:
    return [(name, text) for _, name, text in index.list_names()]


def test_files_of_one_key_are_one_image(tmp_path: Path) -> None:
    spelled = json.dumps({"text": "né", "shapes": []}).encode()
    files = [
        ("a.json", b"{}"),
        ("a.png", b"12345"),
        ("a.txt", b"ab\n"),
        ("x/a.JPG", b"123"),
        ("x/b.gt.txt", "née".encode()),
        ("x/b.webp", b"1"),
        ("c.cls", b"4"),
        ("c.png", b"12"),
        ("d.json", spelled),
        ("d.png", b"1234"),
    ]
    path = write_tar(tmp_path / "0.tar", files)
    index = read(tmp_path)
    assert tell(index) == [("a.png", "ab"), ("x/a.JPG", ""), ("x/b.webp", "née"), ("c.png", ""), ("d.png", "né")]
    assert index.entries["size"].tolist() == [5, 3, 1, 2, 4]
    content = path.read_bytes()
    for entry, expected in zip(index.entries, (b"12345", b"123", b"1", b"12", b"1234"), strict=True):
        assert content[entry["offset"] :][: entry["size"]] == expected
    last = index.entries[4]
    assert content[last["json_offset"] :][: last["json_size"]] == spelled
    assert index.entries["json_size"].tolist() == [2, 0, 0, 0, len(spelled)]
    assert index.entries["tenth"].tolist() == [find_tenth(n) for n in ("a.png", "a.JPG", "b.webp", "c.png", "d.png")]
    assert int(index.entries["rank"][1]) == find_rank("a.JPG")
    assert index.problems == ()


def test_what_can_not_be_used_is_named(tmp_path: Path) -> None:
    files = [("a.png", b"1"), ("b.txt", b"b"), ("a.txt", b"a"), ("c.input.png", b"1"), ("d.png", b"1"), ("d.jpg", b"1")]
    write_tar(tmp_path / "0.tar", files)
    (tmp_path / "1.tar").write_bytes(b"nothing" * 99)
    index = read(tmp_path)
    assert tell(index) == [("a.png", ""), ("d.png", "")]
    told = [line.removeprefix(f"{tmp_path}/") for line in index.problems]
    assert told[0].startswith("0.tar: b.txt: no image of that name beside it in the archive; what belongs together")
    assert told[1].startswith("0.tar: a.txt: no image of that name")
    assert told[2] == "0.tar: c.input.png: its ending, after the first dot, is .input.png (left out)"
    assert told[3] == "0.tar: d.jpg: a second image (left out)"
    assert told[4].endswith(
        "1.tar: damaged at byte 0: no header of a tar archive is there (the rest of it is left out)"
    )


def test_what_the_table_can_not_say_is_left_out(tmp_path: Path) -> None:
    files = [
        ("a.png", b"1"),
        ("a.txt", b"x" * 70_000),
        ("b.png", b"1"),
        ("b.json", json.dumps({"text": "\ud800"}).encode()),
        ("c.png", b"1"),
        ("c.txt", b"x" * (2**20 + 1)),
        ("n" * 70_000 + "/d.png", b"1"),
        ("e.png", b"1"),
    ]
    write_tar(tmp_path / "0.tar", files)
    index = read(tmp_path)
    assert tell(index) == [("c.png", ""), ("e.png", "")]
    told = [line.removeprefix(f"{tmp_path}/0.tar: ") for line in index.problems]
    assert told[0] == "a.png: name, label or file is too long, they have 5, 70,000 and 1 bytes (left out)"
    assert told[1].startswith("b.png: 'utf-8' codec can't encode character")
    assert told[2] == "c.txt: 1,048,577 bytes, at most 1,048,576 are looked at (not used)"
    assert told[3] == f"{'n' * 100}: name, label or file is too long, they have 70,006, 0 and 1 bytes (left out)"


def test_it_is_kept_and_made_anew_where_a_shard_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tar(tmp_path / "0.tar", [("a.png", b"1")])
    first = read(tmp_path)
    again = read(tmp_path)
    assert (tell(again), again.digest) == (tell(first), first.digest)
    with monkeypatch.context() as patch:
        patch.setattr(shard_index, "list_members", lambda *_: pytest.fail("the archive is looked through again"))
        read(tmp_path)
    write_tar(path, [("b.png", b"1")])
    os.utime(path, ns=(1, 1))
    changed = read(tmp_path)
    assert tell(changed) == [("b.png", "")]
    assert changed.digest != first.digest
    os.utime(path, ns=(2, 2))
    assert read(tmp_path).digest == changed.digest
    assert sorted(p.name for p in tmp_path.iterdir()) == [INDEX_NAME, "0.tar"]


@pytest.mark.parametrize("content", [b"", b"?" * 5, b"?" * 5000, b"{}" + (2).to_bytes(8, "big")])
def test_a_damaged_index_is_made_anew(tmp_path: Path, content: bytes) -> None:
    write_tar(tmp_path / "0.tar", [("a.png", b"1")])
    (tmp_path / INDEX_NAME).write_bytes(content)
    assert tell(read(tmp_path)) == [("a.png", "")]


def test_where_the_folder_can_not_be_written_nothing_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tar(tmp_path / "0.tar", [("a.png", b"1")])
    usual = Path.open

    def refuse(path: Path, mode: str) -> object:
        if "w" in mode:
            raise PermissionError(13, "Permission denied")
        return usual(path, mode)

    monkeypatch.setattr(Path, "open", refuse)
    assert tell(read(tmp_path)) == [("a.png", "")]
    assert [p.name for p in tmp_path.iterdir()] == ["0.tar"]


def test_many_images_are_looked_at_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_index, "_CHUNK", 3)
    names = [f"{i}é.png" for i in range(8)]
    write_tar(tmp_path / "0.tar", [(name, b"1") for name in names])
    index = read(tmp_path)
    assert [name for name, _ in tell(index)] == names
    chosen = np.array([7, 0, 5, 5], np.uint32)
    assert [(n.number, n.name) for n in index.list_names(chosen)] == [(i, names[i]) for i in (7, 0, 5, 5)]


def test_an_image_takes_fifty_bytes_and_its_words() -> None:
    assert ENTRY.itemsize <= 50


def test_shards_without_an_image(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", [("a.txt", b"a"), ("b.npy", make_png(0))])
    with pytest.raises(DataError, match=r"no image in its 1 shards\n.*a\.txt: no image of that name"):
        read(tmp_path)
