import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import write_png

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import read_annotation, read_labelme, write_labelme
from fcn_captcha.data.samples import read_folder


def test_labelme_round_trip_and_reading_from_left_to_right(tmp_path: Path) -> None:
    image = write_png(tmp_path / "ab.png")
    centres = np.array([(3.25, 4.0), (30.5, 6.75)])
    write_labelme(tmp_path / "ab.json", image, (40, 20), "ab", centres)
    text, found = read_labelme(tmp_path / "ab.json")
    assert text == "ab"
    np.testing.assert_allclose(found, centres, atol=0.01)
    record = json.loads((tmp_path / "ab.json").read_text())
    assert {"imagePath", "imageData", "shapes"} <= set(record)
    assert {"label", "points", "shape_type"} <= set(record["shapes"][0])
    record["shapes"].reverse()
    (tmp_path / "ab.json").write_text(json.dumps(record))
    (sample,) = read_folder(tmp_path).samples
    assert sample.text == "ab"
    assert sample.centres is not None
    np.testing.assert_allclose(sample.centres, centres, atol=0.01)


def test_points_that_do_not_spell_the_label_are_not_used(tmp_path: Path) -> None:
    image = write_png(tmp_path / "1.png")
    write_labelme(tmp_path / "1.json", image, (40, 20), "ab", np.array([(1, 1), (9, 1)]))
    (tmp_path / "metadata.csv").write_text("file_name,text\n1.png,ba\n")
    folder = read_folder(tmp_path)
    assert folder.samples[0].centres is None
    assert "its points spell 'ab', the label is 'ba'" in folder.problems[0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"shapes": 3}',
        '{"shapes": [{"shape_type": "point", "label": "ab", "points": [[1, 2]]}]}',
        '{"shapes": [{"shape_type": "point", "label": "a", "points": [[1, NaN]]}]}',
        '{"shapes": [{"shape_type": "point", "label": "a", "points": [[1]]}]}',
    ],
)
def test_damaged_labelme_files_are_named(tmp_path: Path, content: str) -> None:
    write_png(tmp_path / "a.png")
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json"):
        read_labelme(tmp_path / "a.json")


def write_json(path: Path, shapes: list[dict[str, Any]], mark: str = "", **more: Any) -> None:
    path.write_text(mark + json.dumps({"version": "5.5.0", "shapes": shapes, "imageData": None, **more}))


def point(label: str, x: float, y: float = 10) -> dict[str, Any]:
    return {"label": label, "points": [[x, y]], "shape_type": "point"}


def test_the_middle_of_every_shape_is_a_centre_and_a_mark_at_the_start_is_fine(tmp_path: Path) -> None:
    shapes: list[dict[str, Any]] = [
        {"label": "D", "points": [[35, 9], [38, 12]], "shape_type": "circle"},
        {"label": "A", "points": [[1, 2], [5, 12]], "shape_type": "rectangle"},
        {"label": "C", "points": [[24, 2], [20, 8], [26, 9]], "shape_type": "polygon"},
        {"label": "B", "points": [[14.5, 7]], "shape_type": "point"},
    ]
    write_json(tmp_path / "a.json", shapes, "\ufeff", imageWidth=40, imageHeight=20, imagePath="..\\img\\a.png")
    found = read_annotation(tmp_path / "a.json")
    assert (found.spelled, found.text, found.size, found.image_name) == ("ABCD", None, (40, 20), "a.png")
    np.testing.assert_allclose(found.centres, [(2.5, 6.5), (14, 6.5), (22.5, 5), (34.5, 8.5)])


def test_a_frame_around_the_text_is_its_label(tmp_path: Path) -> None:
    write_png(tmp_path / "img_001.png")
    write_json(tmp_path / "img_001.json", [{"label": "AB12", "points": [[1, 1], [39, 19]], "shape_type": "rectangle"}])
    (sample,) = read_folder(tmp_path).samples
    assert (sample.text, sample.centres) == ("AB12", None)


def test_shapes_that_read_from_the_right(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", [point("ב", 20.5), point("א", 30.5), point("1", 5.5), point("2", 10.5)])
    found = read_annotation(tmp_path / "a.json")
    assert found.spelled == "אב12"
    assert found.centres[:, 0].tolist() == [30, 20, 5, 10]


@pytest.mark.parametrize(
    ("name", "shapes", "more", "label", "reason"),
    [
        ("AB12", "AB1", {}, "AB12", "its points spell 'AB1', the label is 'AB12'"),
        ("AB12", "AB", {"text": "AB12"}, "AB12", "its points spell 'AB', the label is 'AB12'"),
        ("AB", "AB", {"imageWidth": 80, "imageHeight": 40}, "AB", "it is of an image of 80×40 px, AB.png has 40×20"),
        ("AB", "AB", {"imageWidth": 20, "imageHeight": 40}, "AB", "it is of an image of 20×40 px"),
        ("ABCDEFGH", "ABCDEFGH", {}, "ABCDEFGH", "its points lie outside the image of 40×20 px"),
    ],
)
def test_centres_that_can_not_be_those_of_the_image_are_not_used(
    tmp_path: Path, name: str, shapes: str, more: dict[str, Any], label: str, reason: str
) -> None:
    write_png(tmp_path / f"{name}.png")
    write_json(tmp_path / f"{name}.json", [point(c, 4 + 6 * i) for i, c in enumerate(shapes)], **more)
    folder = read_folder(tmp_path)
    assert [(s.text, s.centres) for s in folder.samples] == [(label, None)]
    (line,) = folder.problems
    assert line.startswith(f"{tmp_path / name}.json: {reason}")
    assert line.endswith("(centres not used)")


def test_where_names_are_no_labels_the_shapes_tell_them(tmp_path: Path) -> None:
    for i, text in enumerate(("AB", "CD", "EF")):
        write_png(tmp_path / f"img_{i}.png", 10 * i)
        if text != "EF":
            write_json(tmp_path / f"img_{i}.json", [point(text[0], 5), point(text[1], 15)])
    folder = read_folder(tmp_path)
    assert [s.text for s in folder.samples] == ["AB", "CD"]
    assert all(s.centres is not None for s in folder.samples)
    (line,) = folder.problems
    assert "img_2.png: no JSON beside it tells its label" in line


def test_a_name_that_was_corrected_since_counts(tmp_path: Path) -> None:
    for name, shade in (("A812", 9), ("CD34", 90)):
        write_png(tmp_path / f"{name}.png", shade)
        text = {"A812": "AB12"}.get(name, name)
        write_json(tmp_path / f"{name}.json", [point(c, 4 + 6 * i) for i, c in enumerate(text)], text=text)
    folder = read_folder(tmp_path)
    assert [(s.text, s.centres is not None) for s in folder.samples] == [("A812", False), ("CD34", True)]
    problems = "\n".join(folder.problems)
    assert "A812.json: its text is 'AB12', the name of A812.png says 'A812' (the name counts)" in problems
    assert "A812.json: its points spell 'AB12', the label is 'A812' (centres not used)" in problems


def test_the_text_tells_signs_that_no_file_name_can_hold(tmp_path: Path) -> None:
    write_png(tmp_path / "8_3=-0.png")
    write_json(tmp_path / "8_3=-0.json", [], text="8-3=")
    assert [s.text for s in read_folder(tmp_path).samples] == ["8-3="]


def test_a_damaged_json_costs_the_centres_only(tmp_path: Path) -> None:
    write_png(tmp_path / "AB.png")
    (tmp_path / "AB.json").write_text("{")
    folder = read_folder(tmp_path)
    assert [(s.text, s.centres) for s in folder.samples] == [("AB", None)]
    assert "AB.json: not a labelme file" in folder.problems[0]


def test_one_json_of_two_images_is_of_the_one_it_names(tmp_path: Path) -> None:
    write_png(tmp_path / "AB.png", 10)
    write_png(tmp_path / "AB.jpg", 200)
    write_json(tmp_path / "AB.json", [point("A", 5), point("B", 15)], imagePath="AB.png")
    folder = read_folder(tmp_path)
    assert {s.name: s.centres is not None for s in folder.samples} == {"AB.jpg": False, "AB.png": True}
    assert "AB.json: beside AB.jpg and AB.png; it is of AB.png (not used for AB.jpg)" in folder.problems[0]
