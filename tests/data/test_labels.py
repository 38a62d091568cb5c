import json
import os
import sys
from pathlib import Path

import pytest
from conftest import write_png

from fcn_captcha.data.images import DataError
from fcn_captcha.data.samples import Folder, read_folder
from fcn_captcha.data.splits import split_samples


def fill(folder: Path, *names: str) -> None:
    """Images that all differ."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.rglob("*.png")))
        write_png(path, 20 + number % 200, (30 + number // 200, 20))


def tell(folder: Folder) -> dict[str, str]:
    return {sample.name: sample.text for sample in folder.samples}


def test_three_labels_are_shown_with_what_told_them(tmp_path: Path) -> None:
    fill(tmp_path, *(f"ab{c}-7.png" for c in "vwxyz"))
    (note,) = read_folder(tmp_path).notes
    assert note.startswith("labels from the file names up to the last '-'")
    assert note.endswith("abv-7.png -> abv, abx-7.png -> abx, abz-7.png -> abz")


def test_a_pattern_counts_before_all_else(tmp_path: Path) -> None:
    fill(tmp_path, "00AD_51492e0d.png", "0197_c8d74cc2.png", "odd.png")
    (tmp_path / "metadata.csv").write_text("file_name,text\nodd.png,no\n")
    folder = read_folder(tmp_path, "(.+)_[0-9a-f]+")
    assert tell(folder) == {"00AD_51492e0d.png": "00AD", "0197_c8d74cc2.png": "0197"}
    assert any("odd.png: its name does not match --label-pattern" in p for p in folder.problems)
    assert any("metadata.csv: not read, as --label-pattern is given" in p for p in folder.problems)
    with pytest.raises(DataError, match=r"none of its images can be used(.|\n)*does not match --label-pattern"):
        read_folder(tmp_path, "(q)")
    with pytest.raises(ValueError, match="label_pattern: a group"):
        read_folder(tmp_path, "q")


def test_hidden_images_are_told_in_one_line(tmp_path: Path) -> None:
    fill(tmp_path, ".75.png", "._ab.png", "ab.png", "sub/.cd.png", "sub/cd.png")
    folder = read_folder(tmp_path)
    assert set(tell(folder).values()) == {"ab", "cd"}
    (line,) = folder.problems
    assert "3 images are hidden, as the name begins with a dot (left out)" in line


# --- label files ----------------------------------------------------------------------------------


def test_a_label_file_and_the_images_it_does_not_list(tmp_path: Path) -> None:
    fill(tmp_path, "word_0.png", "word_1.png", "word_2.png")
    (tmp_path / "labels.txt").write_text("word_0.png\tHOTEL\nword_1.png\tGRAND\n./word_1.png\tX\nword_9.png\tno\n")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"word_0.png": "HOTEL", "word_1.png": "GRAND"}
    problems = "\n".join(folder.problems)
    assert "word_2.png: 1 image is not listed in labels.txt (left out)" in problems
    assert "line 3: ./word_1.png is listed twice" in problems
    assert "word_9.png: no such file" in problems
    assert folder.notes == ("labels from labels.txt: word_0.png -> HOTEL, word_1.png -> GRAND",)


def test_backslashes_missing_endings_and_folders_that_are_not_there(tmp_path: Path) -> None:
    fill(tmp_path, "img/0.png", "img/1.png")
    table = tmp_path / "labels.csv"
    table.write_text("file,text\n.\\img\\0.png,A0\nimg/1,B1\n")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"img/0.png": "A0", "img/1.png": "B1"}
    assert folder.problems == ()
    table.write_text("file,text\nC:\\data\\0.png,A0\nC:\\data\\1.png,B1\n")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"img/0.png": "A0", "img/1.png": "B1"}
    assert "no file lies where it says" in folder.problems[0]


def test_a_label_file_none_of_whose_images_is_there(tmp_path: Path) -> None:
    fill(tmp_path, "img/0.png", "img/1.png")
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "labels.csv").write_text("0.png,A\n1.png,B\n")
    with pytest.raises(DataError, match=r"labels\.csv: none of the files that it lists is there, such as .*ann.0\.png"):
        read_folder(tmp_path)


def test_a_label_file_in_each_sub_folder(tmp_path: Path) -> None:
    fill(tmp_path, "a/0.png", "b/0.png", "plain.png")
    (tmp_path / "a" / "metadata.jsonl").write_text('{"file_name": "0.png", "text": "first"}\n')
    (tmp_path / "b" / "labels.json").write_text('{"0.png": "second"}')
    (tmp_path / "b" / "labels.csv.bak").write_text("")
    assert tell(read_folder(tmp_path)) == {"plain.png": "plain", "a/0.png": "first", "b/0.png": "second"}


def test_of_two_label_files_one_is_read_and_the_other_named(tmp_path: Path) -> None:
    fill(tmp_path, "0.png")
    (tmp_path / "labels.csv").write_text("0.png,wrong")
    (tmp_path / "metadata.csv").write_text("file_name,text\n0.png,right\n")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"0.png": "right"}
    assert any("labels.csv: not read, as metadata.csv tells the labels" in p for p in folder.problems)


def test_a_label_file_under_an_unusual_name_is_not_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, "0.png", "1.png", "2.png", "3.png")
    (tmp_path / "readme.txt").write_text("such as 0.png")
    assert len(read_folder(tmp_path).samples) == 4
    listing = "".join(f"{i}.png,A{i}\n" for i in range(4))
    (tmp_path / "answers.csv").write_text(listing)
    with pytest.raises(DataError, match=r"answers\.csv: it names images of this folder, such as 0\.png.*labels\.csv"):
        read_folder(tmp_path)
    assert len(read_folder(tmp_path, "(.+)").samples) == 4
    (tmp_path / "answers.csv").rename(tmp_path / "labels.csv")
    (tmp_path / "my img").mkdir()
    for i in range(4):
        (tmp_path / f"{i}.png").rename(tmp_path / "my img" / f"no {i}.png")
    (tmp_path / "labels.csv").write_text("".join(f"my img/no {i}.png,A{i}\n" for i in range(4)))
    (tmp_path / "labels.csv").rename(tmp_path / "answers.csv")
    with pytest.raises(DataError, match=r"answers\.csv: it names images"):
        read_folder(tmp_path)
    (tmp_path / "answers.csv").rename(tmp_path / "labels.csv")
    assert set(tell(read_folder(tmp_path)).values()) == {"A0", "A1", "A2", "A3"}


@pytest.mark.parametrize("ending", [".txt", ".gt.txt"])
def test_a_text_file_beside_each_image(tmp_path: Path, ending: str) -> None:
    fill(tmp_path, "word_0.png", "word_1.png", "word_2.png", "word_3.png")
    (tmp_path / f"word_0{ending}").write_text("\ufeffHOTEL\r\n\r\n")
    (tmp_path / f"word_1{ending}").write_text(" GRAND")
    (tmp_path / f"word_2{ending}").write_text("two\nlines")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"word_0.png": "HOTEL", "word_1.png": "GRAND"}
    problems = "\n".join(folder.problems)
    assert f"word_2{ending}: one line, the label, is needed, got 2 lines (left out)" in problems
    assert "word_3.png: no .txt beside it" in problems


def test_boxes_are_no_label_and_few_text_files_are_not_read(tmp_path: Path) -> None:
    fill(tmp_path, "ab.png", "cd.png", "ef.png")
    (tmp_path / "ab.txt").write_text("0 0.5 0.5 0.1 0.2\n")
    folder = read_folder(tmp_path)
    assert set(tell(folder).values()) == {"ab", "cd", "ef"}
    assert "only 1 of 3 images have such a file beside them (not read)" in folder.problems[0]
    (tmp_path / "cd.txt").write_text("cd")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"cd.png": "cd"}
    assert any("ab.txt: one line, the label, is needed, got numbers" in p for p in folder.problems)


# --- folders --------------------------------------------------------------------------------------


def test_a_folder_for_each_label(tmp_path: Path) -> None:
    fill(tmp_path, "A/0.png", "A/1.png", "B/0.png", "B/1.png", "B/cover.png")
    (tmp_path / "B" / "cover.png").unlink()
    fill(tmp_path, "stray.png")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"stray.png": "stray", "A/0.png": "A", "A/1.png": "A", "B/0.png": "B", "B/1.png": "B"}
    assert any(n.startswith("labels from the folders' names, as the files in them are numbered") for n in folder.notes)


def test_shards_are_no_labels(tmp_path: Path) -> None:
    fill(tmp_path, "00000/abc-0.png", "00000/abd-1.png", "00001/xyz-2.png", "stray.png")
    assert set(tell(read_folder(tmp_path)).values()) == {"abc", "abd", "xyz", "stray"}


def test_train_val_and_test_are_the_parts(tmp_path: Path) -> None:
    for part in ("train", "valid", "Test"):
        fill(tmp_path, *(f"{part}/{part[0]}{c}.png" for c in "abcdefghij"))
    folder = read_folder(tmp_path)
    parts = split_samples(folder.samples, fold=7)
    for samples, letter in ((parts.training, "t"), (parts.threshold, "v"), (parts.test, "T")):
        assert len(samples) == 10
        assert {s.text[0] for s in samples} == {letter}
    assert folder.notes[-1].startswith(
        "sub-folders are the parts: Test/ to test on, train/ to train on, valid/ to choose"
    )
    assert folder.notes[-1].endswith("--fold is not used")


def test_with_train_and_test_alone_a_tenth_of_train_is_to_choose_on(tmp_path: Path) -> None:
    fill(tmp_path, *(f"train/a{i}x.png" for i in range(60)), *(f"test/b{i}x.png" for i in range(9)), "c.png")
    folder = read_folder(tmp_path)
    parts = split_samples(folder.samples)
    assert {s.text[0] for s in parts.test} == {"b"}
    assert 0 < len(parts.threshold) < 20
    assert len(parts.training) + len(parts.threshold) == 61
    assert {s.text[0] for s in parts.training} <= {"a", "c"}


def test_an_image_in_train_and_test_is_left_to_the_test(tmp_path: Path) -> None:
    fill(tmp_path, "train/ab.png", "train/cd.png", "test/ef.png")
    (tmp_path / "test" / "ab.png").write_bytes((tmp_path / "train" / "ab.png").read_bytes())
    folder = read_folder(tmp_path)
    assert sorted(s.name for s in folder.samples) == ["test/ab.png", "test/ef.png", "train/cd.png"]
    assert any("train/ab.png: the same image as test/ab.png (left out)" in p for p in folder.problems)


def test_parts_with_a_folder_for_each_label_and_with_one_list(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{part}/{label}/{i}.png" for part in ("train", "test") for label in "AB" for i in range(2)))
    folder = read_folder(tmp_path)
    assert {(s.name.split("/")[0], s.text) for s in folder.samples} == {
        ("train", "A"), ("train", "B"), ("test", "A"), ("test", "B")
    }  # fmt: skip
    (tmp_path / "metadata.csv").write_text("file_name,text\ntrain/A/0.png,xx\ntest/B/1.png,yy\n")
    folder = read_folder(tmp_path)
    assert {(s.part, s.text) for s in folder.samples} == {("training", "xx"), ("test", "yy")}


def test_other_folders_are_no_parts(tmp_path: Path) -> None:
    fill(tmp_path, "dev/ab.png", "more/cd.png")
    assert {s.part for s in read_folder(tmp_path).samples} == {None}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    fill(tmp_path, "AB12.png")
    odd = os.fsencode(tmp_path) + b"/\xd6\xd0.png"
    with open(odd, "wb") as file:
        file.write(write_png(tmp_path / "CD.png", 90).read_bytes())
    (tmp_path / "CD.png").unlink()
    folder = read_folder(tmp_path)
    assert tell(folder) == {"AB12.png": "AB12"}
    assert folder.problems == (f"{tmp_path}/\\xd6\\xd0.png: its name is not UTF-8, so it tells no label (left out)",)
    with open(odd.replace(b".png", b".txt"), "w") as text:
        text.write("XY")
    (tmp_path / "AB12.txt").write_text("AB")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"AB12.png": "AB", "\\xd6\\xd0.png": "XY"}
    json.dumps(folder.notes).encode()
    assert len(split_samples(folder.samples).training) <= 2
