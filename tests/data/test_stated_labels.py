from pathlib import Path

import pytest
from folders import fill, tell

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import read_folder

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


def test_a_text_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    fill(tmp_path, "0.png", "1.png")
    (tmp_path / "0.txt").write_bytes("中".encode("gbk"))
    (tmp_path / "1.txt").write_text("e\u0301")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"1.png": "é"}, "strings are in Unicode's NFC"
    (line,) = folder.problems
    assert line.startswith(f"{tmp_path}/0.txt: not UTF-8 (")
    assert line.endswith("(left out)")


def test_a_label_file_of_nothing_labels_nothing(tmp_path: Path) -> None:
    fill(tmp_path, "0.png")
    (tmp_path / "labels.csv").write_text("file,text\n")
    with pytest.raises(DataError, match=r"none of its images can be used(.|\n)*0\.png: 1 image is not listed"):
        read_folder(tmp_path)
