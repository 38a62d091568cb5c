import errno
import json
from pathlib import Path
from typing import Any

import pytest
from recorder import Notebook, record

from fcn_captcha.training import finishing, keeping
from fcn_captcha.training import loop as loop_module
from fcn_captcha.training.job import train
from fcn_captcha.training.settings import Settings


@pytest.fixture(autouse=True)
def _without_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    record(monkeypatch)
    monkeypatch.setattr(finishing, "make_page", lambda result: "a page")


def test_a_full_disk_is_a_warning_and_the_training_goes_on(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, *state: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keeping, "write_checkpoint", fail)
    watch = Notebook()
    settings = Settings(data=str(images), out=str(tmp_path / "run"), epochs=2, epoch_images=32, batch_size=16)
    assert len(train(settings, watch).history) == 2
    warning = (
        f"warning: {tmp_path}/run/checkpoint.npz: can't be written (No space left on device); the training goes on"
    )
    assert watch.lines.count(warning) == 3  # before the first epoch and after each


def test_curves_that_can_not_be_written_are_a_warning_and_the_training_goes_on(images: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "tensorboard").write_text("years of work")
    settings = Settings(
        data=str(images), out=str(tmp_path / "run"), epochs=2, epoch_images=32, batch_size=16, overwrite=True
    )
    watch = Notebook()
    assert len(train(settings, watch).history) == 2
    assert not [line for line in watch.lines if "tensorboard" in line]  # not asked for
    asked = Settings(**{**settings.as_dict(), "tensorboard": True})
    assert len(train(asked, watch).history) == 2
    warning = f"warning: {tmp_path}/run/tensorboard: can't be written (File exists); the training goes on"
    assert watch.lines.count(warning) == 3
    assert (tmp_path / "run" / "tensorboard").read_text() == "years of work"


def test_settings_that_are_chosen_on_the_way_are_written(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "_SLOW_STEPS", 1)
    monkeypatch.setattr(loop_module, "_TIMED_STEPS", 1)
    sizes = iter((16, 8))
    monkeypatch.setattr(loop_module, "find_batch_size", lambda images: next(sizes))
    train(Settings(data=str(images), out=str(tmp_path / "run"), epochs=2, epoch_images=32))
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["batch_size"] == 8
