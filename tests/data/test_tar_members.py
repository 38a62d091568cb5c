import io
import tarfile
from pathlib import Path

import pytest
from shard_files import write_tar

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.tar_members import list_members

FORMS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def list_names(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [member.name for member in list_members(file, path.name)]


@pytest.mark.parametrize("form", FORMS)
def test_members_are_those_that_tarfile_finds(tmp_path: Path, form: int) -> None:
    deep = "a" * 90 + "/" + "b" * 60 + ".png"  # beyond the 100 bytes of a plain header
    files = [("one.png", b"x" * 700), ("empty.txt", b""), (deep, b"y" * 512), ("é/文.json", b"{}"), ("last.gif", b"z")]
    path = write_tar(tmp_path / "a.tar", files, form)
    with tarfile.open(path) as archive:
        expected = [(m.name, m.offset_data, m.size) for m in archive]
    with path.open("rb") as file:
        found = []
        for member in list_members(file, "a.tar"):
            file.seek(3)  # a user may read elsewhere meanwhile
            found.append((member.name, member.offset, member.size))
        file.seek(found[2][1])
        assert file.read(found[2][2]) == b"y" * 512
    assert found == expected
    assert [name for name, _, _ in found] == [name for name, _ in files]


def test_folders_and_links_are_no_files(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, kind in (("folder", tarfile.DIRTYPE), ("link.png", tarfile.SYMTYPE), ("own.png", tarfile.REGTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            archive.addfile(entry)
    assert list_names(tmp_path / "a.tar") == ["own.png"]


def test_an_archive_that_is_cut_off_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("one.png", bytes(600)), ("two.png", bytes(600))])
    content = path.read_bytes()
    for size, reason in ((512 + 1024 + 512 + 100, "cut off: it ends at byte 2,148"), (1536 + 50, "within a header")):
        path.write_bytes(content[:size])
        with path.open("rb") as file:
            members = list_members(file, "a.tar")
            assert next(members).name == "one.png"
            with pytest.raises(DataError, match=reason) as raised:
                next(members)
        assert str(raised.value).startswith("a.tar: ")
    for size in (3072, 3000):  # without the empty blocks at the end
        path.write_bytes(content[:size])
        with path.open("rb") as file:
            members = list_members(file, "a.tar")
            assert [next(members).name, next(members).name] == ["one.png", "two.png"]
            with pytest.raises(DataError, match="cut off: the empty block that ends an archive is missing"):
                next(members)


@pytest.mark.parametrize("content", [b"\x1f\x8b" + bytes(range(200)) * 9, b"no tar" * 500, b"\xff" * 2048])
def test_what_is_no_archive(content: bytes) -> None:
    with pytest.raises(DataError, match=r"b\.tar: damaged at byte 0: no header"):
        list(list_members(io.BytesIO(content), "b.tar"))


def test_an_empty_file() -> None:
    with pytest.raises(DataError, match=r"b\.tar: the file is empty"):
        list(list_members(io.BytesIO(), "b.tar"))
