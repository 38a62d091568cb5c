import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.data.files import write_json, write_whole

TEXT = st.text(st.characters(codec="utf-8"))


def test_text_is_utf_8_with_the_line_ends_that_it_has_and_bytes_are_bytes(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "中\r\n\n")
    assert (tmp_path / "a").read_bytes() == b"\xe4\xb8\xad\r\n\n"
    write_whole(tmp_path / "a", b"\xff")
    assert (tmp_path / "a").read_bytes() == b"\xff"
    write_whole(tmp_path / "a", "")
    assert (tmp_path / "a").read_bytes() == b""


def test_what_can_not_be_utf_8_is_escaped(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "\udcd6.png")
    assert (tmp_path / "a").read_text() == "\\udcd6.png"


@given(record=st.dictionaries(TEXT, st.none() | st.integers() | TEXT | st.lists(TEXT)))
def test_a_record_comes_back_from_its_file(tmp_path_factory: pytest.TempPathFactory, record: dict[str, object]) -> None:
    path = tmp_path_factory.getbasetemp() / "record.json"
    write_json(path, record)
    assert json.loads(path.read_text(encoding="utf-8")) == record


def test_one_key_a_line(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": "ü", "a": 1.5})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n "b": "ü",\n "a": 1.5\n}\n'


def test_what_fails_half_way_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    write_whole(path, "old")

    def fill_the_disk(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(TypeError):
        write_json(path, {"a": {1, 2}})
    assert path.read_text() == "old"


def test_a_durable_file_is_on_disk_before_it_has_its_name_and_its_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    path = tmp_path / "a"
    true_sync = os.fsync

    def note_sync(descriptor: int) -> None:
        true_sync(descriptor)
        synced.append((os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")), path.exists()))

    monkeypatch.setattr(os, "fsync", note_sync)
    write_whole(path, "new")
    assert synced == []
    path.unlink()
    write_whole(path, "new", durable=True)
    assert [name.endswith(".part") for name, _ in synced] == [True, False]
    assert synced[1][0] == tmp_path.name
    assert [there for _, there in synced] == [False, True]
