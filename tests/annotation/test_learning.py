import time
from pathlib import Path
from typing import Any

import pytest
import stub_training
from fixed_readers import make_fixed_reader
from served import write_picture

from annotation.learning import Learning
from annotation.project import Project
from annotation.record import Point, State
from fcn_captcha.data.errors import DataError
from fcn_captcha.reading.reader import Reader

READER = make_fixed_reader("ab", [("b", 22, 20, 0.9)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(Path(stub_training.__file__).parent))
    for number in range(12):
        write_picture(tmp_path / "images" / f"{'ab'[number % 2]}-{number}.png", dots=(20 + number,))
    return tmp_path / "images"


def accept(project: Project, count: int) -> None:
    for number in range(count):
        project.save(number, "", State((Point("a", 20, 20),), True))


def make_learning(project: Project, how: int, taken: list[Reader]) -> Learning:
    folder = project.folder.root
    return Learning(folder, folder.parent / "runs", taken.append, how, "stub_training", lambda path: READER)


def wait(learning: Learning) -> dict[str, Any]:
    while (state := learning.measure())["running"]:
        time.sleep(0.05)
    return state


def test_a_model_is_taken_once_there_is_one(folder: Path) -> None:
    project = Project(folder)
    accept(project, 10)
    taken: list[Reader] = []
    learning = make_learning(project, stub_training.GOOD, taken)
    assert learning.measure() == {"running": False, "share": 0.0, "line": "", "error": None, "model": None}
    assert learning.start() == 10
    state = wait(learning)
    assert state["model"] == str(folder.parent / "runs" / "images-1")
    assert learning.measure() == state
    assert taken == [READER]
    learning.start()
    assert wait(learning)["model"].endswith("images-2")


def test_too_few_images_one_at_a_time_and_what_goes_wrong_are_said(folder: Path) -> None:
    project = Project(folder)
    taken: list[Reader] = []
    learning = make_learning(project, stub_training.REFUSED, taken)
    with pytest.raises(DataError, match="at least 10 annotated images are needed, got 0"):
        learning.start()
    accept(project, 10)
    learning.start()
    assert wait(learning)["error"] == "no luck today"
    slow = make_learning(project, stub_training.SLOW, taken)
    slow.start()
    with pytest.raises(DataError, match="a training is running"):
        slow.start()
    slow.stop()
    assert wait(slow)["error"] == "stopped"
    assert taken == []


def test_a_model_that_can_not_be_loaded_is_said(folder: Path) -> None:
    project = Project(folder)
    accept(project, 10)

    def fail(path: Path) -> Reader:
        raise ValueError("no model")

    learning = Learning(folder, folder.parent / "runs", project.take_reader, stub_training.GOOD, "stub_training", fail)
    learning.start()
    assert wait(learning)["error"] == "the model can't be loaded: no model"


def test_what_was_proposed_before_is_proposed_anew(folder: Path) -> None:
    project = Project(folder)
    project.take_reader(make_fixed_reader("ab", [("a", 22, 20, 0.9)]))
    assert [p["score"] for p in project.propose(0, "a")["points"]] > [0.5]
    project.begin_survey().join()
    before = project.overview.doubt.copy()
    project.take_reader(READER)  # sees a b everywhere
    project.begin_survey().join()
    agree = [name.startswith("b") for name in project.folder.names]
    assert ((project.overview.doubt < before) == agree).all()
