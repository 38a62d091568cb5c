import time
from pathlib import Path

import pytest
from conftest import write_images

from annotation.training_job import JobState, TrainingJob
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import read_folder
from fcn_captcha.reading.reader import Reader

STUB = """
import argparse, pathlib, sys, time
parser = argparse.ArgumentParser()
for name in ("--data", "--images", "--out"):
    parser.add_argument(name)
options = parser.parse_args()
print("warning: a line", file=sys.stderr)
print(" 40 %  epoch 2  loss 3.10", file=sys.stderr)
how = int(options.images)
while how == 1:
    time.sleep(0.05)
if how == 2:
    sys.exit("error: no luck today")
if how == 3:
    raise MemoryError("too much")
from annotation.part_folders import TABLE_NAME
out = pathlib.Path(options.out)
out.mkdir()
(out / "model.keras").write_text((pathlib.Path(options.data) / TABLE_NAME).read_text())
print("model  there")
"""
FOREVER, REFUSED, BROKEN, GOOD = 1, 2, 3, 4


@pytest.fixture(autouse=True)
def _stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stub_training.py").write_text(STUB)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """30 images, of which 24 are annotated."""
    write_images(tmp_path / "images", 30, centres=True)
    for path in sorted((tmp_path / "images").glob("*.json"))[:6]:
        path.unlink()
    return tmp_path / "images"


def make_job(folder: Path, how: int) -> TrainingJob:
    return TrainingJob(folder, folder.parent / "runs" / "first", how, "stub_training")


def wait(job: TrainingJob) -> JobState:
    while (state := job.poll()).running:
        time.sleep(0.05)
    return state


def test_a_training_that_ends_well_gives_a_model(folder: Path) -> None:
    job = make_job(folder, GOOD)
    assert job.poll() == JobState(False, 0.0, "")
    assert job.start() == 24
    state = wait(job)
    assert state == JobState(False, 1.0, "model  there", None, folder.parent / "runs" / "first")
    rows = (folder.parent / "runs" / "first" / "model.keras").read_text().splitlines()
    assert len(rows) == 24
    assert [sum(f'"{part}/' in row for row in rows) for part in ("train", "val", "test")] == [20, 2, 2]
    assert not (folder.parent / "runs" / "first.data").exists()
    assert len(read_folder(folder).samples) == 30  # links went, images stay


def test_progress_is_told_until_it_is_stopped(folder: Path) -> None:
    with make_job(folder, FOREVER) as job:
        job.start()
        while job.poll().share == 0:
            time.sleep(0.05)
        assert job.poll() == JobState(True, 0.4, "epoch 2  loss 3.10")
        with pytest.raises(RuntimeError, match="a training is running"):
            job.start()
        job.stop()
        state = job.poll()
        assert (state.running, state.error, state.model) == (False, "stopped", None)
        assert not (folder.parent / "runs" / "first.data").exists()
        job.stop()
        job.start()  # it can begin again
        assert job.poll().running


@pytest.mark.parametrize(("how", "error"), [(REFUSED, "no luck today"), (BROKEN, "the training ended with status 1: ")])
def test_why_there_is_no_model(folder: Path, how: int, error: str) -> None:
    job = make_job(folder, how)
    job.start()
    state = wait(job)
    assert state.error is not None
    assert state.error.startswith(error)
    assert state.model is None


def test_what_can_not_be_started(folder: Path) -> None:
    for path in sorted(folder.glob("*.json"))[9:]:
        path.unlink()
    job = make_job(folder, GOOD)
    with pytest.raises(DataError, match="at least 10 annotated images are needed, got 9"):
        job.start()
    (folder.parent / "runs" / "first").mkdir(parents=True)
    (folder.parent / "runs" / "first" / "model.keras").touch()
    with pytest.raises(FileExistsError):
        job.start()
    assert job.poll() == JobState(False, 0.0, "")


def test_a_real_training(tmp_path: Path) -> None:
    write_images(tmp_path / "images", 200, centres=True)
    with TrainingJob(tmp_path / "images", tmp_path / "run", 300) as job:
        assert job.start() == 200
        state = wait(job)
    assert state.error is None
    assert state.share == 1
    assert state.model == tmp_path / "run"
    Reader.load(state.model).read(next((tmp_path / "images").glob("*.png")))
