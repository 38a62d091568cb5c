import json
from pathlib import Path

import numpy as np
import pytest
from annotated_folders import check_annotated, read_all, write_annotated
from conftest import write_png

from annotation.formats.annotated import read_annotated, spell
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import write_labelme


def test_a_folder_s_annotated_images(tmp_path: Path) -> None:
    check_annotated(read_all(write_annotated(tmp_path)))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"imageWidth": 61}, "of another size than the image's 60×24 px"),
        ({"text": "AC"}, "its points spell 'AB', its text is 'AC'"),
        ({"text": "", "shapes": []}, "it states neither string nor points"),
        ({"shapes": 5}, "not a labelme file"),
    ],
)
def test_what_can_not_be_used_is_named(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    path = write_annotated(tmp_path) / "AB-1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    problems: list[str] = []
    assert len(read_annotated(tmp_path, problems)) == 4
    assert len(problems) == 1
    assert str(path) in problems[0]
    assert problem in problems[0]


def test_a_file_of_another_image_of_the_same_stem_is_not_taken(tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp"):
        write_png(tmp_path / name)
    write_labelme(tmp_path / "a.json", tmp_path / "a.bmp", (40, 20), "x", np.array([[1.0, 2.0]]))
    assert [image.name for image in read_all(tmp_path)] == ["a.bmp"]


def test_no_image_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no image in it"):
        read_annotated(tmp_path, [])


def test_characters_are_spelled_in_reading_order() -> None:
    text, centres = spell([(30, 5, "א"), (10, 6, "ב"), (20, 7, "7")])
    assert text == "א7ב"
    assert centres.tolist() == [[30, 5], [20, 7], [10, 6]]
    text, centres = spell([])
    assert (text, centres.shape) == ("", (0, 2))


@pytest.mark.parametrize(("flags", "count"), [({"done": True}, 5), ({}, 5), (None, 5), ({"done": False}, 4)])
def test_what_is_not_done_is_left_out(tmp_path: Path, flags: object, count: int) -> None:
    path = write_annotated(tmp_path) / "AB-1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "flags": flags}))
    problems: list[str] = []
    assert len(read_annotated(tmp_path, problems)) == count
    assert problems == [f"{path}: 1 annotations are not done yet (left out)"] * (5 - count)
