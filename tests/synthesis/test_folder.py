import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fcn_captcha import generate
from fcn_captcha.console.options import setting
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.synthesis import folder as generated
from fcn_captcha.synthesis.folder import Order, make_sheet, write_folder

ORDER = Order("image-captcha", {"length": "2-3"}, 5)


def list_files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_folder_reads_back_as_it_was_drawn(tmp_path: Path) -> None:
    assert list(write_folder(ORDER, tmp_path / "d", 12))[-1] == 12
    samples = {s.name: s for s in read_folder(tmp_path / "d").samples}
    assert len(samples) == 12
    for number, drawn in zip(range(12), ORDER.draw(), strict=False):
        found = samples[f"{drawn.text}-{number}.png"]
        np.testing.assert_array_equal(found.image, drawn.image)
        assert found.text == drawn.text
        assert found.centres is not None
        assert drawn.centres is not None
        np.testing.assert_allclose(found.centres, drawn.centres, atol=0.01)
    record = json.loads(next((tmp_path / "d").glob("*-3.json")).read_text())
    assert len(record["shapes"][0]["box"]) == 4


def test_interrupted_it_goes_on_and_ends_as_if_undisturbed(tmp_path: Path) -> None:
    list(write_folder(ORDER, tmp_path / "whole", 12))
    list(write_folder(ORDER, tmp_path / "parts", 5))
    next((tmp_path / "parts").glob("*-2.json")).unlink()  # as if killed between the image and its JSON
    steps = list(write_folder(ORDER, tmp_path / "parts", 12))
    assert (steps[0], steps[-1]) == (4, 12)
    assert list_files(tmp_path / "parts") == list_files(tmp_path / "whole")


def test_many_images_lie_in_shards_drawn_by_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated, "SHARD", 8)
    monkeypatch.setattr(generated, "_CHUNK", 3)
    assert list(write_folder(ORDER, tmp_path / "d", 20, jobs=2))[-1] == 20
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == ["00000", "00001", "00002", "generator.json"]
    assert len(list((tmp_path / "d" / "00002").glob("*.png"))) == 4
    assert len(read_folder(tmp_path / "d").samples) == 20
    with pytest.raises(DataError, match="sub-folders True, now False; choose another"):
        list(write_folder(ORDER, tmp_path / "d", 4))


@pytest.mark.parametrize(
    ("flags", "cores", "processes"),
    [(["--jobs", "3"], 8, 3), (["--jobs", "1"], 8, 1), ([], 8, 1), (["--count", "2000"], 8, 8)],
)
def test_as_many_processes_as_asked_for_else_by_count(
    flags: list[str], cores: int, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def note(order: Order, folder: Path, count: int, jobs: int) -> Iterator[int]:
        used.append(jobs)
        yield count

    monkeypatch.setattr(generated, "write_folder", note)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert generate.main(["plain", "--count", "500", "--out", str(tmp_path / "d"), *flags]) == 0
    assert used == [processes]


def test_few_images_are_work_for_every_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def note(order: Order, folder: Path, numbers: range) -> int:
        drawn.append(len(numbers))
        return len(numbers)

    monkeypatch.setattr(generated, "_write_chunk", note)
    monkeypatch.setattr(generated, "ProcessPoolExecutor", lambda jobs, *_: ThreadPoolExecutor(jobs))
    assert list(write_folder(ORDER, tmp_path / "d", 500, jobs=3))[-1] == 500
    assert len(drawn) >= 3


def test_a_folder_of_something_else_stays_as_it_is(tmp_path: Path) -> None:
    list(write_folder(ORDER, tmp_path / "d", 2))
    with pytest.raises(DataError, match="was begun with length '2-3', now '4'; choose another --out"):
        list(write_folder(Order("image-captcha", {"length": "4"}, 5), tmp_path / "d", 2))
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="exists and holds something else"):
        list(write_folder(ORDER, tmp_path / "e", 2))
    with pytest.raises(ValueError, match="generator: one of"):
        list(write_folder(Order("none", {}, 0), tmp_path / "f", 2))
    assert not (tmp_path / "f").exists()


def test_strings_that_no_file_can_be_named_after(tmp_path: Path) -> None:
    order = Order("image-captcha", {"alphabet": "/.-", "length": "3"}, 0)
    list(write_folder(order, tmp_path / "d", 3))
    texts = {s.text for s in read_folder(tmp_path / "d").samples}
    assert all(set(text) <= set("/.-") and len(text) == 3 for text in texts)


def make_blank(rng: np.random.Generator) -> tuple[np.ndarray, str]:
    return rng.integers(0, 255, (20, 40, 3)).astype(np.uint8), "ab"


def test_without_centres_the_string_is_kept(tmp_path: Path) -> None:
    list(write_folder(Order(f"{__name__}:make_blank", {}, 0), tmp_path / "d", 2))
    samples = read_folder(tmp_path / "d").samples
    assert [(s.text, s.centres) for s in samples] == [("ab", None), ("ab", None)]


def test_the_sheet_shows_images_and_centres() -> None:
    sheet = make_sheet(ORDER.draw())
    assert sheet.shape[1:] == (1200, 3)
    assert (sheet == (0xD5, 0x5E, 0x00)).all(axis=2).sum() > 500
    one = make_sheet([Sample("s", np.zeros((10, 30, 3), np.uint8), "a")])
    assert one.shape[0] < sheet.shape[0]
    with pytest.raises(ValueError, match="at least one is needed"):
        make_sheet([])


def test_the_sheet_writes_strings_that_its_usual_font_lacks() -> None:
    def write(text: str, fonts: str = "") -> np.ndarray:
        return make_sheet([Sample("s", np.full((10, 30, 3), 255, np.uint8), text)], fonts)

    greek = "\u03b1\u03b2"
    assert (write(greek) == write(r"\u03b1\u03b2")).all()
    assert (write(greek, "DejaVuSans") != write(greek)).any()
    assert (write("ab", "DejaVuSans") == write("ab")).all()
    assert (write("\u4e2d", "DejaVuSans") == write(r"\u4e2d")).all()


@dataclass
class Fancy:
    """A generator of one's own with a flag that takes no value."""

    fancy: bool = setting(False, "draw it fancily")

    def __call__(self, rng: np.random.Generator) -> tuple[np.ndarray, str]:
        return np.full((20, 40), 200 if self.fancy else 100, np.uint8), "ab"


@pytest.mark.parametrize(
    "flags",
    [
        "image-captcha --count 2 --length 4 --out",
        "--count 2 image-captcha --length 4 --out",
        "--length 4 --count=2 image-captcha --out",
        "--length=4 --alphabet a:b --count 2 --width 99 image-captcha --out",
        f"--fancy {__name__}:Fancy --count 2 --out",
    ],
)
def test_flags_come_in_any_order(flags: str, tmp_path: Path) -> None:
    assert generate.main([*flags.split(), str(tmp_path / "d")]) == 0
    record = json.loads((tmp_path / "d" / "generator.json").read_text())
    assert record.get("length") == "4" or record["fancy"] is True
    assert len(read_folder(tmp_path / "d").samples) == (1 if "fancy" in flags else 2)


@pytest.mark.parametrize("flags", ["--help image-captcha", "image-captcha --help", "--count 4 image-captcha -h"])
def test_help_of_a_generator_in_any_order(flags: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        generate.main(flags.split())
    assert end.value.code == 0
    assert "--font-sizes" in capsys.readouterr().out


def test_without_a_generator_s_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        generate.main(["--count", "4", "--out", "plain"])
    assert end.value.code == 2
    assert "the following arguments are required: generator" in capsys.readouterr().err


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "d"
    flags = ["coalesced", "--count", "3", "--length", "4", "--alphabet", "abc", "--out", str(out), "--seed", "2"]
    assert generate.main(flags) == 0
    assert capsys.readouterr().out.splitlines() == [f"images  {out}", f"sheet   {tmp_path / 'd-sheet.png'}"]
    assert len(read_folder(out).samples) == 3
    assert (tmp_path / "d-sheet.png").exists()
    for wrong, message in (
        (["circles", "--out", "x"], "error: generator: one of image-captcha"),
        (["plain", "--out", str(out)], "error: "),
        (["plain", "--out", str(tmp_path / "x"), "--count", "0"], "error: count: at least 1 is needed, got 0"),
        (["image-captcha", "--out", str(tmp_path / "x"), "--width", "2"], "error: width: it must lie in 16"),
    ):
        with pytest.raises(SystemExit) as end:
            generate.main(wrong)
        assert end.value.code == 1
        assert message in capsys.readouterr().err
    with pytest.raises(SystemExit):
        generate.main(["plain", "--length", "3", "--out", "x"])
    assert "unrecognized arguments: --length 3" in capsys.readouterr().err
