import json
from pathlib import Path

import numpy as np
import pytest
from conftest import write_png

from annotation.formats.annotated import Stated
from annotation.formats.importing import import_stated
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import read_annotation, read_labelme

GOOD = Stated("line 2", "a.png", (40, 20), "xy", ((20, 5, "y"), (3.25, 4, "x")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, name in enumerate(("a.png", "b.png", "b.bmp", "one/c.png", "two/c.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_png(tmp_path / name, 40 * i)
    return tmp_path


def take(folder: Path, *stated: Stated, overwrite: bool = False) -> int:
    return import_stated(folder, Path("table.csv"), stated, [], overwrite)


def list_json(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json"))


def test_annotations_are_written_beside_their_images(folder: Path) -> None:
    assert take(folder, GOOD, Stated("line 4", "two/c.png", None, "only text", ())) == 2
    text, centres = read_labelme(folder / "a.json")
    assert text == "xy"
    np.testing.assert_allclose(centres, [(3.25, 4), (20, 5)])
    assert read_annotation(folder / "two/c.json").text == "only text"
    assert list_json(folder) == ["a.json", "two/c.json"]


@pytest.mark.parametrize(
    "name", ["a.png", "set/a.png", "C:\\set\\a.png", "/data/upload/3/e875f554-a.png", "e875f554-a.png"]
)
def test_an_image_is_found_by_its_bare_name(folder: Path, name: str) -> None:
    assert take(folder, Stated("task 1", name, None, "x", ())) == 1
    assert list_json(folder) == ["a.json"]


def test_of_one_name_in_two_folders_the_path_tells_which(folder: Path) -> None:
    take(folder, Stated("task 1", "set/one/c.png", None, "x", ()))
    assert list_json(folder) == ["one/c.json"]
    with pytest.raises(DataError, match=r"c\.png could be one/c\.png or two/c\.png"):
        take(folder, Stated("task 1", "c.png", None, "x", ()))


def test_what_is_there_and_says_the_same_stays_as_it_is(folder: Path) -> None:
    take(folder, GOOD)
    path = folder / "a.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "own": 1}))
    before = path.read_text()
    assert take(folder, GOOD) == 0
    assert take(folder, GOOD, overwrite=True) == 0
    assert path.read_text() == before


def test_what_is_there_is_replaced_only_on_demand(folder: Path) -> None:
    take(folder, GOOD)
    before = (folder / "a.json").read_text()
    changed = Stated("line 2", "a.png", None, "xz", ((20, 5, "z"), (3.25, 4, "x")))
    moved = Stated("line 2", "a.png", None, "xy", ((20.02, 5, "y"), (3.25, 4, "x")))
    for other in (changed, moved):
        with pytest.raises(DataError, match=r"line 2: .*a\.json is there and says something else; --overwrite"):
            take(folder, other)
        assert (folder / "a.json").read_text() == before
        assert take(folder, other, overwrite=True) == 1
        assert read_labelme(folder / "a.json")[0] == other.text
        take(folder, GOOD, overwrite=True)


def test_what_is_no_labelme_file_is_never_replaced(folder: Path) -> None:
    (folder / "a.json").write_text('["mine"]')
    with pytest.raises(DataError, match="left as it is"):
        take(folder, GOOD, overwrite=True)
    assert (folder / "a.json").read_text() == '["mine"]'


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (Stated("line 9", "z.png", None, "x", ()), "line 9: no image z.png in"),
        (Stated("line 9", "b.png", (41, 20), "x", ()), "line 9: b.png has 40×20 px, not 41×20"),
        (Stated("line 9", "b.png", None, None, ((3, 4, "xy"),)), "must be one character, got 'xy'"),
        (Stated("line 9", "b.png", None, None, ((3, 4, ""),)), "must be one character, got ''"),
        (Stated("line 9", "b.png", None, None, ((39.6, 4, "x"),)), "(39.6, 4), lies outside its 40×20 px"),
        (Stated("line 9", "b.png", None, None, ((3, -0.6, "x"),)), "(3, -0.6), lies outside its 40×20 px"),
        (Stated("line 9", "b.png", None, "y", ((3, 4, "x"),)), "its points spell 'x', its string is 'y'"),
        (Stated("line 9", "b.png", None, None, ()), "neither string nor points are stated"),
        (Stated("line 9", "a.png", None, "xy", ()), "a.png and a.png would have one file, a.json"),
    ],
)
def test_one_problem_and_nothing_is_written(folder: Path, bad: Stated, problem: str) -> None:
    with pytest.raises(DataError, match="nothing was written") as caught:
        take(folder, GOOD, bad)
    assert problem in str(caught.value)
    assert list_json(folder) == []


def test_images_of_one_stem_can_not_both_have_annotations(folder: Path) -> None:
    with pytest.raises(DataError, match=r"b\.bmp and b\.png would have one file, b\.json"):
        take(folder, Stated("1", "b.png", None, "x", ()), Stated("2", "b.bmp", None, "x", ()))
    take(folder, Stated("1", "b.png", None, "x", ()))
    with pytest.raises(DataError, match="says something else"):
        take(folder, Stated("2", "b.bmp", None, "x", ()))


def test_problems_found_before_count_and_many_are_cut(folder: Path) -> None:
    with pytest.raises(DataError, match="line 7: odd") as caught:
        import_stated(folder, Path("t.csv"), [GOOD], [f"line {i}: odd" for i in range(30)])
    assert "and 10 more" in str(caught.value)
    assert list_json(folder) == []
