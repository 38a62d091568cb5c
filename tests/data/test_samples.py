from pathlib import Path

import numpy as np
import pytest
from conftest import write_png

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import Sample, read_folder


def test_a_folder_with_bad_files_gives_the_good_ones_and_a_line_each(tmp_path: Path) -> None:
    write_png(tmp_path / "abc.png", 10)
    write_png(tmp_path / "abd-7.png", 20)
    write_png(tmp_path / "abd-8.jpg", 90)
    write_png(tmp_path / "abd-9.png", 20)
    write_png(tmp_path / "-1.png", 30)
    (tmp_path / "bad.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no image")
    folder = read_folder(tmp_path)
    assert [s.text for s in folder.samples] == ["abc", "abd", "abd"]
    problems = "\n".join(folder.problems)
    assert len(folder.problems) == 4
    assert "bad.png: the file is empty (left out)" in problems
    assert "-1.png: the label is empty" in problems
    assert "1 string stands on several files, such as 'abd' on abd-7.png and abd-8.jpg (all kept)" in problems
    assert "abd-9.png: the same image as abd-7.png (left out)" in problems


def test_one_picture_with_two_labels_is_left_out_under_both(tmp_path: Path) -> None:
    for name, shade in (("AB.png", 9), ("AC.png", 9), ("AD.png", 8), ("AE.bmp", 9)):
        write_png(tmp_path / name, shade)
    folder = read_folder(tmp_path)
    assert [s.text for s in folder.samples] == ["AD"]
    (line,) = folder.problems
    assert "AB.png as 'AB' and AC.png as 'AC' and AE.bmp as 'AE'" in line
    assert "one picture with two labels" in line


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(DataError, match="no image in it"):
        read_folder(tmp_path)
    with pytest.raises(DataError, match="is a file"):
        read_folder(write_png(tmp_path / "x.png"))
    (tmp_path / "x.png").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"none of its images can be used\n.*x\.png"):
        read_folder(tmp_path)


def test_metadata_csv(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write_png(tmp_path / "1.png", 1)
    write_png(tmp_path / "sub" / "2.png", 2)
    table = tmp_path / "metadata.csv"
    table.write_text("file_name,text\n1.png,e\u0301a\nsub/2.png,xy\n3.png,zz\n1.png,again\n", encoding="utf-8-sig")
    folder = read_folder(tmp_path)
    assert [(s.name, s.text) for s in folder.samples] == [("1.png", "éa"), ("sub/2.png", "xy")]
    assert any("3.png: no such file" in p for p in folder.problems)
    assert any("listed twice" in p for p in folder.problems)
    table.write_text("name,label\n1.png,a\n")
    with pytest.raises(DataError, match="the columns file_name and text are needed"):
        read_folder(tmp_path)


def test_a_sample_checks_itself() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(DataError, match="the label is empty"):
        Sample("x", image, "")
    with pytest.raises(DataError, match=r"centres must have shape \(2, 2\)"):
        Sample("x", image, "ab", np.zeros((1, 2)))


def test_a_file_is_its_path(tmp_path: Path) -> None:
    for i, name in enumerate(("ab.png", "a/ab.png", "b/ab.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_png(tmp_path / name, 10 * i)
    samples = read_folder(tmp_path).samples
    assert [s.name for s in samples] == ["ab.png", "a/ab.png", "b/ab.png"]
    assert {s.text for s in samples} == {"ab"}


def test_content_is_that_of_the_pixels_wherever_they_lie(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    one = read_folder(write_png(tmp_path / "sub" / "ab.png", 7).parent).samples[0]
    wide, tall = (Sample("x", np.full((*size, 3), 7, np.uint8), "x") for size in ((20, 40), (40, 20)))
    assert one.content == wide.content
    assert one.content != tall.content
