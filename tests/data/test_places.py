from pathlib import Path

import pytest
from folders import fill, tell

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.places import describe_parts, describe_unread, find_places
from fcn_captcha.data.samples import read_folder
from fcn_captcha.data.splits import split_samples


def test_train_val_and_test_are_the_parts(tmp_path: Path) -> None:
    for part in ("train", "valid", "Test"):
        fill(tmp_path, *(f"{part}/{part[0]}{c}.png" for c in "abcdefghij"))
    folder = read_folder(tmp_path)
    parts = split_samples(folder.samples, fold=7)
    for samples, letter in ((parts.training, "t"), (parts.validation, "v"), (parts.test, "T")):
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
    assert 0 < len(parts.validation) < 20
    assert len(parts.training) + len(parts.validation) == 61
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


def test_hidden_images_are_told_in_one_line(tmp_path: Path) -> None:
    fill(tmp_path, ".75.png", "._ab.png", "ab.png", "sub/.cd.png", "sub/cd.png")
    folder = read_folder(tmp_path)
    assert set(tell(folder).values()) == {"ab", "cd"}
    (line,) = folder.problems
    assert "3 images are hidden, as the name begins with a dot (left out)" in line


def test_json_files_that_belong_to_no_image_are_told_in_one_line(tmp_path: Path) -> None:
    fill(tmp_path, "AB.png")
    fill(tmp_path / "ann", "EF.png")
    for name in ("AB.json", "CD.json", "EF.json", "generator.json", ".hidden.json"):
        (tmp_path / "ann" / name).write_text("{}")
    (tmp_path / "labels.json").write_text("{}")
    (line,) = describe_unread(find_places(tmp_path))
    assert line.endswith("AB.json: 2 JSON files belong to no image, as none of the same name lies beside it (not read)")
    (tmp_path / "ann" / "CD.json").unlink()
    (line,) = describe_unread(find_places(tmp_path))
    assert "AB.json: 1 JSON file belongs" in line


def test_a_place_knows_its_images_and_its_other_files(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "sub/deeper/b.png")
    for name in ("a.jpg", "a.txt", "labels.txt", "metadata.csv", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    place, below = find_places(tmp_path)
    assert [path.name for path in place.images] == ["a.jpg", "a.png"]
    assert place.others == {"a.txt", "labels.txt", "metadata.csv"}
    assert place.by_stem == {"a": ["a.jpg", "a.png"]}
    assert place.label_files == ["metadata.csv", "labels.txt"]
    assert (place.root, place.part) == (tmp_path, None)
    assert (below.folder, below.root, below.images) == (tmp_path / "sub", tmp_path, ()), "no deeper than one folder"


def test_in_parts_one_folder_more_is_looked_into(tmp_path: Path) -> None:
    fill(tmp_path, "train/a.png", "train/more/b.png", "train/more/deep/c.png", "test/d.png", "other/e.png")
    places = find_places(tmp_path)
    found = {(str(p.folder.relative_to(tmp_path)), p.root.name, p.part) for p in places if p.images}
    assert found == {
        ("train", "train", "training"),
        ("train/more", "train", "training"),
        ("test", "test", "test"),
        ("other", tmp_path.name, None),
    }
    assert describe_parts(places) == [
        "sub-folders are the parts: test/ to test on, train/ to train on; "
        "a tenth of the other files is to choose the threshold on"
    ]


def test_a_test_folder_alone_is_the_part_that_its_name_says(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "Test/b.png")
    assert [p.part for p in find_places(tmp_path)] == [None, "test"]
    fill(tmp_path, "more/c.png")
    assert {p.part for p in find_places(tmp_path)} == {None}
    assert describe_parts(find_places(tmp_path)) == []


def test_no_folder_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none: no such folder"):
        find_places(tmp_path / "none")
    (place,) = find_places(tmp_path)
    assert (place.images, place.others, place.label_files) == ((), frozenset(), [])
