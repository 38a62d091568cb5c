import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotated_folders import read_all, write_annotated

from annotation.formats import label_studio
from annotation.formats.annotated import Annotated, Stated
from fcn_captcha.data.errors import DataError

# As Label Studio 1.x exports it (type JSON), with the keys that it writes.
POINT = {
    "original_width": 200,
    "original_height": 50,
    "image_rotation": 0,
    "value": {"x": 10.25, "y": 51.0, "width": 0.4, "keypointlabels": ["Ä"]},
    "id": "Dx_aB91ISN",
    "from_name": "tag",
    "to_name": "img",
    "type": "keypointlabels",
    "origin": "manual",
}
OTHER = {**POINT, "value": {"x": 5.25, "y": 31.0, "width": 0.4, "keypointlabels": ["b"]}}
AREA = {
    "value": {"text": ["bÄ"]},
    "id": "t",
    "from_name": "string",
    "to_name": "img",
    "type": "textarea",
    "origin": "manual",
}
ANNOTATION = {
    "id": 1001,
    "completed_by": 1,
    "result": [POINT, OTHER, AREA],
    "was_cancelled": False,
    "ground_truth": False,
    "created_at": "2024-03-09T22:16:08.728353Z",
    "lead_time": 4.288,
    "task": 1,
}
TASK = {
    "id": 1,
    "annotations": [ANNOTATION],
    "file_upload": "e875f554-b.png",
    "drafts": [],
    "predictions": [],
    "data": {"image": "/data/upload/3/e875f554-b.png"},
    "meta": {},
    "project": 3,
}


def decode(folder: Path, tasks: Any) -> tuple[list[Stated], list[str]]:
    path = folder / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    problems: list[str] = []
    return label_studio.decode(path, problems), problems


def test_an_export_of_label_studio_s_own(tmp_path: Path) -> None:
    (found,), problems = decode(tmp_path, [TASK])
    assert not problems
    assert (found.place, found.name) == ("task 1", "/data/upload/3/e875f554-b.png")
    assert (found.size, found.text, found.done) == ((200, 50), "bÄ", True)
    assert [label for _, _, label in found.marks] == ["Ä", "b"]
    np.testing.assert_allclose([mark[:2] for mark in found.marks], [(20, 25), (10, 15)])


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    images = read_all(write_annotated(tmp_path))
    found, problems = decode(tmp_path, json.loads(label_studio.encode(images)))
    assert not problems
    for image, stated in zip(images, found, strict=True):
        assert (stated.name, stated.size, stated.text) == (image.name, image.size, image.text)
        if image.centres is not None:
            np.testing.assert_allclose([mark[:2] for mark in stated.marks], image.centres, atol=1e-9)
            assert "".join(label for _, _, label in stated.marks) == image.text


def test_places_are_percent_from_the_corner() -> None:
    (task,) = json.loads(label_studio.encode([Annotated("a.png", (200, 50), "x", np.array([[99.5, 12.0]]))]))
    result, area = task["annotations"][0]["result"]
    assert (result["value"]["x"], result["value"]["y"]) == (50, 25)
    assert (result["original_width"], result["original_height"], result["type"]) == (200, 50, "keypointlabels")
    assert area["value"] == {"text": ["x"]}


def test_of_several_annotations_the_truth_or_the_last_that_was_not_skipped(tmp_path: Path) -> None:
    def make(text: str, **more: Any) -> dict[str, Any]:
        return {**ANNOTATION, "result": [{**AREA, "value": {"text": text}}], **more}

    (last,), _ = decode(tmp_path, [{**TASK, "annotations": [make("a"), make("b"), make("c", was_cancelled=True)]}])
    assert last.text == "b"
    (truth,), _ = decode(tmp_path, [{**TASK, "annotations": [make("a", ground_truth=True), make("b")]}])
    assert truth.text == "a"


def test_a_prediction_counts_where_nobody_annotated_but_is_not_done(tmp_path: Path) -> None:
    predictions = [{"model_version": "1", "score": 0.9, "result": [POINT]}]
    (found,), _ = decode(tmp_path, [{**TASK, "annotations": [], "predictions": predictions}])
    assert found.marks[0][2] == "Ä"
    assert not found.done
    (found,), _ = decode(tmp_path, [{**TASK, "predictions": predictions}])
    assert found.done
    assert decode(tmp_path, [{**TASK, "annotations": []}]) == ([], [])


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("b.png", "b.png"),
        ("train/b 1.png", "train/b 1.png"),
        ("https://example.com/x/b%20%C3%A4.png?size=1", "/x/b ä.png"),
        ("/data/local-files/?d=set%2Fb%20c.png", "set/b c.png"),
        ("s3://bucket/set/b.png", "/set/b.png"),
    ],
)
def test_an_image_is_named_by_path_or_address(address: str, name: str) -> None:
    assert label_studio.find_image_name({"data": {"text": "no image", "picture": address}}) == name


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ({**POINT, "image_rotation": 90}, "task 2: result 1: an image that was not turned is needed, got 90°"),
        ({**POINT, "value": {**POINT["value"], "keypointlabels": ["a", "b"]}}, "task 2: result 1: one label is needed"),  # type: ignore[dict-item]
        ({**POINT, "value": {"x": 1, "y": 2}}, "task 2: 'keypointlabels' is missing"),
        ({**POINT, "value": {"x": "1", "y": 2, "keypointlabels": ["a"]}}, "task 2: "),
        ({"type": "keypointlabels"}, "task 2: 'value' is missing"),
        ("nothing", "task 2: "),
    ],
)
def test_a_wrong_task_is_named(tmp_path: Path, result: Any, problem: str) -> None:
    found, problems = decode(tmp_path, [TASK, {**TASK, "annotations": [{"result": [result]}]}])
    assert len(found) == 1
    assert len(problems) == 1
    assert problem in problems[0]


def test_a_task_without_image_is_named(tmp_path: Path) -> None:
    assert "data.image" in decode(tmp_path, [{**TASK, "data": {"text": "a"}}])[1][0]


@pytest.mark.parametrize("content", ["", "{}", "[1", '"a"'])
def test_what_is_no_export_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"export\.json"):
        label_studio.decode(path, [])
