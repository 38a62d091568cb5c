import json
from pathlib import Path

import pytest
from fixed_readers import make_fixed_reader
from served import write_picture

from annotation.overview import View
from annotation.project import Project
from annotation.record import Point, State


def test_an_image_without_annotation_is_shown_with_a_proposal_of_its_stated_string(tmp_path: Path) -> None:
    write_picture(tmp_path / "abc.png")
    shown = Project(tmp_path).show(0)
    assert (shown["name"], shown["width"], shown["height"], shown["stated"]) == ("abc.png", 120, 40, "abc")
    assert (shown["revision"], shown["points"], shown["done"]) == ("", [], False)
    points = shown["proposal"]["points"]
    assert [point["label"] for point in points] == ["a", "b", "c"]
    assert [point["x"] for point in points] == pytest.approx([29, 60, 91], abs=3)  # evenly over the ink
    assert all(0 <= point["y"] <= 40 and "score" not in point for point in points)


def test_what_is_saved_is_shown_instead(tmp_path: Path) -> None:
    write_picture(tmp_path / "abc.png")
    project = Project(tmp_path)
    saved = project.save(0, "", State((Point("a", 20, 20),)))
    shown = project.show(0)
    assert "proposal" not in shown
    assert (shown["revision"], shown["text"]) == (saved.revision, "a")


def test_a_model_reads_images_whose_string_nothing_states_and_its_doubts_are_surveyed(tmp_path: Path) -> None:
    for number in range(3):
        write_picture(tmp_path / f"{number}.png", dots=(20 + number,))
    project = Project(tmp_path, make_fixed_reader("ab", [("a", 22, 20, 0.9), ("b", 62, 20, 0.6)]))
    shown = project.show(1)
    assert shown["stated"] is None
    assert [(p["label"], p["score"]) for p in shown["proposal"]["points"]] == [("a", 0.887), ("b", 0.591)]
    project.save(2, "", State((Point("z", 20, 20),), True))
    project.begin_survey().join()
    assert project.overview.texts == ["ab", "ab", "z"]
    assert project.overview.doubt[0] > 0
    assert project.list(View("all", "name", "b"), 0, 9)["total"] == 2
    assert project.measure_progress()["surveyed"] == 3


def test_the_survey_finds_what_was_done_before_and_passes_over_what_is_damaged(tmp_path: Path) -> None:
    for name in ("ab.png", "cd.png", "ef.png"):
        write_picture(tmp_path / name)
    Project(tmp_path).save(1, "", State((Point("c", 20, 20),), True))
    (tmp_path / "ab.json").write_text("{")
    project = Project(tmp_path)
    project.begin_survey().join()
    progress = project.measure_progress()
    assert (progress["done"], progress["left"], progress["surveyed"], progress["count"]) == (1, 2, 3, 3)
    items = project.list(View(), 0, 2)["items"]
    assert [(item["name"], item["done"], item["text"]) for item in items] == [
        ("ab.png", False, ""), ("cd.png", True, "c"),
    ]  # fmt: skip
    assert "not a labelme file" in project.show(0)["fault"]


def test_a_text_in_the_json_is_the_stated_string_of_an_image_whose_name_states_none(tmp_path: Path) -> None:
    for number in range(2):
        write_picture(tmp_path / f"{number}.png")
    (tmp_path / "0.json").write_text(json.dumps({"text": "xy", "shapes": []}))
    shown = Project(tmp_path).show(0)
    assert shown["stated"] == "xy"
    assert [p["label"] for p in shown["proposal"]["points"]] == ["x", "y"]


def test_a_folder_is_known_by_its_path(tmp_path: Path) -> None:
    write_picture(tmp_path / "a" / "x.png")
    write_picture(tmp_path / "b" / "x.png")
    one, two, again = (Project(tmp_path / name).describe() for name in ("a", "b", "a"))
    assert one["id"] != two["id"]
    assert one == again == {"id": one["id"], "name": "a", "count": 1, "suspects": 0}


def test_accepting_gives_a_pace_once_an_image(tmp_path: Path) -> None:
    for name in ("ab.png", "cd.png"):
        write_picture(tmp_path / name)
    project = Project(tmp_path)
    first = project.save(0, "", State((Point("a", 20, 20),), True))
    project.save(0, first.revision, State((Point("b", 20, 20),), True))
    assert project.measure_progress()["pace_s"] is None
    project.save(1, "", State((Point("a", 20, 20),), True))
    assert project.measure_progress()["pace_s"] is not None
