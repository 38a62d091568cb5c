from pathlib import Path

import numpy as np
import pytest
from conftest import write_png

from fcn_captcha.images import DataError
from fcn_captcha.samples import Sample, find_label, find_tenth, read_folder, split_samples


@pytest.mark.parametrize(
    ("name", "label"), [("pdyc8.png", "pdyc8"), ("0056B-0.png", "0056B"), ("e\u0301.png", "é"), ("a b.c.png", "a b.c")]
)
def test_label_in_the_file_name(name: str, label: str) -> None:
    assert find_label(Path(name)) == label


def test_a_folder_with_bad_files_gives_the_good_ones_and_a_line_each(tmp_path: Path) -> None:
    write_png(tmp_path / "abc.png", 10)
    write_png(tmp_path / "abd-7.png", 20)
    write_png(tmp_path / "abd-8.jpg", 90)
    write_png(tmp_path / "copy.png", 10)
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
    assert "copy.png: the same image as abc.png (left out)" in problems


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
    assert [(s.name, s.text) for s in folder.samples] == [("1.png", "éa"), ("2.png", "xy")]
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


def make_samples(count: int) -> list[Sample]:
    return [Sample(f"{i}.png", np.zeros((8, 8, 3), np.uint8), "a") for i in range(count)]


def test_parts_are_disjoint_and_do_not_depend_on_order_or_company() -> None:
    samples = make_samples(500)
    parts = split_samples(samples, fold=3)
    names = [{s.name for s in part} for part in (parts.training, parts.threshold, parts.test)]
    assert not names[0] & names[1]
    assert not names[0] & names[2]
    assert not names[1] & names[2]
    assert sum(map(len, names)) == 500
    assert all(find_tenth(n) == 3 for n in names[2])
    assert all(len(n) > 25 for n in names)
    again = split_samples(samples[::-1][:300], fold=3)
    assert {s.name for s in again.test} <= names[2]
    tests = [s.name for fold in range(10) for s in split_samples(samples, fold).test]
    assert sorted(tests) == sorted(s.name for s in samples)


def test_the_split_is_that_of_sha_256() -> None:
    # A change here would let a model be tested on what it was trained on.
    assert [find_tenth(n) for n in ("pdyc8.png", "0056B-0.png", "a.png")] == [3, 0, 2]


def test_limit_keeps_the_test_part_and_nests() -> None:
    samples = make_samples(500)
    whole, few, fewer = (split_samples(samples, 0, limit) for limit in (None, 80, 40))
    assert (len(few.training), len(few.threshold)) == (80, 10)
    assert few.test == whole.test
    assert {s.name for s in fewer.training} <= {s.name for s in few.training}


@pytest.mark.parametrize(("fold", "limit"), [(10, None), (-1, None), (0, 0)])
def test_bad_fold_and_limit(fold: int, limit: int | None) -> None:
    with pytest.raises(ValueError, match=r"fold|limit"):
        split_samples(make_samples(10), fold, limit)
