from pathlib import Path
from typing import Any

import keras
import pytest
from recorder import Recorder, make_weights, record

from fcn_captcha.evaluation.result import Epoch
from fcn_captcha.model.model_file import read_model
from fcn_captcha.model.run_folder import Run
from fcn_captcha.training import finishing
from fcn_captcha.training.hooks import make_logs
from fcn_captcha.training.job import resume, train
from fcn_captcha.training.progress import DivergedError
from fcn_captcha.training.settings import Settings


class Diary(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes down each call, with its number and logs; at one of them it does something."""

    def __init__(self, at: str = "", action: Any = None) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.logs: dict[str, dict[str, float]] = {}
        self._at, self._action = at, action

    def _note(self, name: str, logs: dict[str, float] | None) -> None:
        self.calls.append(name)
        self.logs[name] = dict(logs or {})
        if name == self._at:
            self._action(self)

    def on_train_begin(self, logs: Any = None) -> None:
        self._note("begin", logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._note("end", logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._note(f"epoch {epoch} begins", logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._note(f"epoch {epoch} ends", logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._note(f"batch {batch} begins", logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._note(f"batch {batch} ends", logs)


def stop(diary: Diary) -> None:
    diary.model.stop_training = True


def fail(diary: Diary) -> None:
    raise RuntimeError("a callback's own")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    """The networks of trainings, which don't learn, in two steps an epoch."""
    monkeypatch.setattr(finishing, "make_page", lambda result: "a page")
    return record(monkeypatch, loss=2.5)


def make_settings(data: Path, out: Path, **change: Any) -> Settings:
    return Settings(**{"data": str(data), "out": str(out), "epochs": 4, "epoch_images": 32, "batch_size": 16, **change})


BATCHES = ["batch 0 begins", "batch 0 ends", "batch 1 begins", "batch 1 ends"]


def test_they_are_called_when_fit_would_call_them(images: Path, tmp_path: Path, made: list[Recorder]) -> None:
    diary, other = Diary(), Diary()
    result = train(make_settings(images, tmp_path / "run", epochs=2), callbacks=[diary, other])
    epochs = [[f"epoch {n} begins", *BATCHES, f"epoch {n} ends"] for n in (0, 1)]
    assert diary.calls == other.calls == ["begin", *epochs[0], *epochs[1], "end"]
    assert diary.logs["batch 1 ends"] == {"loss": 2.5}
    for n, row in enumerate(result.history):
        logs = diary.logs[f"epoch {n} ends"]
        assert logs == make_logs(row)
        assert (logs["loss"], logs["images"], logs["val_exact_match"]) == (2.5, 32 * (n + 1), 0.0)
    assert diary.logs["end"] == diary.logs["epoch 1 ends"]
    assert diary.model is made[0]
    assert diary.params == {"epochs": 2, "steps": None, "verbose": 0}


def test_what_was_not_measured_is_not_in_the_logs() -> None:
    row = Epoch(3, 9.5, 96, 1e-3, 2.5, None, None, None, None, 0.25)
    assert make_logs(row) == {"loss": 2.5, "learning_rate": 1e-3, "images": 96, "seconds": 9.5, "waiting": 0.25}
    measured = Epoch(3, 9.5, 96, 1e-3, 2.5, 0.5, 0.7, 0.9, 0.4, 0.25)
    assert make_logs(measured) == {
        **make_logs(row),
        "movement_px": 0.5,
        "val_exact_match": 0.7,
        "val_character_accuracy": 0.9,
        "val_threshold": 0.4,
    }


@pytest.mark.parametrize(("at", "steps"), [("epoch 1 ends", 4), ("batch 0 ends", 1), ("epoch 2 begins", 5)])
def test_stop_training_ends_it_as_the_budget_would(
    images: Path, tmp_path: Path, made: list[Recorder], at: str, steps: int
) -> None:
    diary = Diary(at, stop)
    result = train(make_settings(images, tmp_path / "run"), callbacks=[diary])
    assert not result.interrupted
    assert diary.calls[-1] == "end"
    assert diary.calls[-2].startswith("epoch")  # the epoch it was in ended
    assert len(made[0].shown) == steps
    assert result.history[-1].images == 16 * steps
    assert result.history[-1].exact == 0.0
    network, config = read_model(tmp_path / "run")
    wanted = make_weights(1, len(config.alphabet), steps)
    assert all((a == b).all() for a, b in zip(network.get_weights(), wanted, strict=True))
    run = Run(tmp_path / "run")
    assert run.report.exists()
    assert not run.checkpoint.exists()


@pytest.mark.usefixtures("made")
def test_keras_s_own_early_stopping_stops_it(images: Path, tmp_path: Path) -> None:
    callback = keras.callbacks.EarlyStopping("val_exact_match", mode="max", patience=2)
    result = train(make_settings(images, tmp_path / "run", epochs=50), callbacks=[callback])
    assert len(result.history) == 3  # nothing is read, so the first was the best
    assert callback.stopped_epoch == 2


@pytest.mark.parametrize(("at", "kept"), [("epoch 1 ends", 2), ("batch 1 ends", 0), ("epoch 2 begins", 2)])
def test_an_exception_is_the_user_s_and_resume_goes_on_from_the_last_whole_epoch(
    images: Path, tmp_path: Path, made: list[Recorder], at: str, kept: int
) -> None:
    diary = Diary(at, fail)
    with pytest.raises(RuntimeError, match="a callback's own"):
        train(make_settings(images, tmp_path / "run"), callbacks=[diary])
    assert diary.calls[-1] == at
    assert Run(tmp_path / "run").checkpoint.exists()
    anew = Diary()
    assert len(resume({"out": str(tmp_path / "run")}, callbacks=[anew]).history) == 4
    assert anew.calls[:2] == ["begin", f"epoch {kept} begins"]
    assert len(made[1].shown) == 2 * (4 - kept)


def test_ctrl_c_in_one_is_ctrl_c(images: Path, tmp_path: Path, made: list[Recorder]) -> None:
    def interrupt(diary: Diary) -> None:
        raise KeyboardInterrupt

    diary = Diary("epoch 1 begins", interrupt)
    assert train(make_settings(images, tmp_path / "run"), callbacks=[diary]).interrupted
    assert diary.calls[-1] == "end"
    assert len(made[0].shown) == 2
    assert Run(tmp_path / "run").checkpoint.exists()


@pytest.mark.usefixtures("made")
def test_what_is_no_callback_is_named_and_nothing_is_written(images: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"callbacks: each must be a keras\.callbacks\.Callback, got 'early'"):
        train(make_settings(images, tmp_path / "run"), callbacks=[Diary(), "early"])
    assert not (tmp_path / "run").exists()


def test_another_attempt_is_in_the_same_epoch(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(monkeypatch, loss=float("nan"))
    diary = Diary()
    with pytest.raises(DivergedError, match="after 3 steps"):
        train(make_settings(images, tmp_path / "run"), callbacks=[diary])
    assert [call for call in diary.calls if call.startswith("epoch")] == ["epoch 0 begins"]


def test_a_training_that_is_stopped_as_it_diverges_makes_no_other_attempt(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(monkeypatch, loss=float("nan"))
    with pytest.raises(DivergedError, match="after 1 steps"):
        train(make_settings(images, tmp_path / "run"), callbacks=[keras.callbacks.TerminateOnNaN()])
