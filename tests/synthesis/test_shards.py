import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from fcn_captcha import generate
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.shards import Shards
from fcn_captcha.synthesis.folder import Order
from fcn_captcha.synthesis.shards import write_shards

ORDER = Order("plain", {}, 3)


def read_all(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".tar"}


def test_shards_read_back_as_they_were_drawn(tmp_path: Path) -> None:
    assert list(write_shards(ORDER, tmp_path, 10, 4)) == [0, 4, 8, 10]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["00000.tar", "00001.tar", "00002.tar", "generator.json"]
    shards = Shards(tmp_path)
    samples = shards.read_first(np.arange(10, dtype=np.uint32), 10)
    assert not shards.problems.take()
    for number, (drawn, sample) in enumerate(zip(ORDER.draw(), samples, strict=False)):
        assert sample.name == f"{number // 4:05d}.tar/{drawn.text}-{number}.png"
        assert sample.text == drawn.text
        assert (sample.image == drawn.image).all()
        assert sample.centres is not None
        assert drawn.centres is not None
        np.testing.assert_allclose(sample.centres, drawn.centres, atol=0.006)


def test_any_program_reads_them(tmp_path: Path) -> None:
    list(write_shards(ORDER, tmp_path, 2, 2))
    with tarfile.open(tmp_path / "00000.tar") as archive:
        names = archive.getnames()
        assert [name.partition(".")[2] for name in names] == ["png", "txt", "json"] * 2
        assert len({name.partition(".")[0] for name in names}) == 2
        text, record = (archive.extractfile(name) for name in names[1:3])
        assert text is not None
        assert record is not None
        assert json.loads(record.read())["text"] == text.read().decode() == names[0].partition("-")[0]


def test_interrupted_it_goes_on_and_ends_as_if_undisturbed(tmp_path: Path) -> None:
    list(write_shards(ORDER, tmp_path / "whole", 10, 4))
    writing = write_shards(ORDER, tmp_path / "broken", 10, 4)
    assert [next(writing), next(writing)] == [0, 4]
    del writing
    second = tmp_path / "broken" / "00001.tar"
    second.write_bytes((tmp_path / "whole" / "00001.tar").read_bytes()[:5000])  # as a full disk would leave it
    assert list(write_shards(ORDER, tmp_path / "broken", 10, 4)) == [4, 8, 10]
    assert read_all(tmp_path / "broken") == read_all(tmp_path / "whole")
    assert list(write_shards(ORDER, tmp_path / "broken", 11, 4)) == [8, 11]  # the last shard was not full


def test_several_processes_write_the_same(tmp_path: Path) -> None:
    list(write_shards(ORDER, tmp_path / "one", 9, 3))
    assert list(write_shards(ORDER, tmp_path / "two", 9, 3, jobs=2))[-1] == 9
    assert read_all(tmp_path / "one") == read_all(tmp_path / "two")


def test_a_folder_of_something_else_stays_as_it_is(tmp_path: Path) -> None:
    list(write_shards(ORDER, tmp_path, 2, 2))
    before = read_all(tmp_path)
    with pytest.raises(DataError, match="was begun with shards 2, now 3"):
        list(write_shards(ORDER, tmp_path, 2, 3))
    with pytest.raises(DataError, match="was begun with seed 3, now 4"):
        list(write_shards(Order("plain", {}, 4), tmp_path, 2, 2))
    assert read_all(tmp_path) == before


@pytest.mark.parametrize("size", [0, -1, 1_000_001])
def test_sizes_that_can_not_be(tmp_path: Path, size: int) -> None:
    with pytest.raises(ValueError, match=f"shards: 1 to 1,000,000 images each are needed, got {size}"):
        list(write_shards(ORDER, tmp_path / "out", 2, size))
    assert not (tmp_path / "out").exists()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["plain", "--count", "5", "--shards", "2", "--out", str(tmp_path / "big")]) == 0
    assert len(read_all(tmp_path / "big")) == 3
    assert (tmp_path / "big-sheet.png").exists()
    assert f"images  {tmp_path / 'big'}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        generate.main(["plain", "--count", "5", "--shards", "0", "--out", str(tmp_path / "other")])
    assert "error: shards: 1 to 1,000,000" in capsys.readouterr().err
