import json
from pathlib import Path

import numpy as np
import pytest
from annotated_folders import ANNOTATED, write_annotated
from conftest import write_png

from annotation.formats import labelme_files
from annotation.formats.annotated import Annotated
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import read_annotation

IMAGE = Annotated("a.png", (40, 20), "xy", np.array([[3.25, 4], [20, 5.5]]))


def test_a_file_or_a_folder_of_files_is_read(tmp_path: Path) -> None:
    write_annotated(tmp_path)
    problems: list[str] = []
    found = labelme_files.decode(tmp_path, problems)
    assert {stated.name for stated in found} == {name for name in ANNOTATED if "/" not in name}
    (one,) = labelme_files.decode(tmp_path / "AB-1.json", problems)
    assert (one.name, one.size, one.text) == ("AB-1.png", (60, 24), "AB")
    np.testing.assert_allclose([mark[:2] for mark in one.marks], ANNOTATED["AB-1.png"][1] or [], atol=0.01)
    assert not problems
    (tmp_path / "odd.json").write_text("{")
    labelme_files.decode(tmp_path, problems)
    assert len(problems) == 1
    assert "odd.json" in problems[0]


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no JSON file in it"):
        labelme_files.decode(tmp_path, [])


def test_a_new_file_has_what_labelme_needs(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    labelme_files.write_beside(path, write_png(tmp_path / "a.png"), IMAGE, done=True)
    record = json.loads(path.read_text())
    assert record["shapes"][0] == {
        "label": "x",
        "points": [[3.75, 4.5]],
        "group_id": None,
        "shape_type": "point",
        "flags": {},
    }
    assert (record["imagePath"], record["imageData"]) == ("a.png", None)
    assert (record["imageWidth"], record["imageHeight"], record["flags"]) == (40, 20, {"done": True})
    found = read_annotation(path)
    assert (found.text, found.spelled) == ("xy", "xy")
    assert found.centres.tolist() == [[3.25, 4], [20, 5.5]]


def test_what_others_wrote_survives(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    frame = {"label": "line", "points": [[1, 2], [3, 4]], "shape_type": "rectangle", "ours": 1}
    old = {"label": "z", "points": [[9, 9]], "shape_type": "point"}
    path.write_text(
        json.dumps({"version": "4.0", "shapes": [old, frame], "imageData": "AAAA", "flags": {"seen": True}, "own": [1]})
    )
    labelme_files.write_beside(path, tmp_path / "a.png", IMAGE, done=False)
    record = json.loads(path.read_text())
    assert (record["version"], record["imageData"], record["own"]) == ("4.0", "AAAA", [1])
    assert record["flags"] == {"seen": True, "done": False}
    assert record["shapes"][0] == frame
    assert [shape["label"] for shape in record["shapes"]] == ["line", "x", "y"]


@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_what_is_no_labelme_file_stays(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(DataError, match="left as it is"):
        labelme_files.write_beside(path, tmp_path / "a.png", IMAGE, done=True)
    assert path.read_text() == content
