"""A training that goes on after it was killed or stopped ends as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from recorder import Notebook, Recorder, record
from shard_files import write_tar
from small_network import SMALL as SMALL_NETWORK

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.lock import hold
from fcn_captcha.model.architectures import ARCHITECTURES
from fcn_captcha.model.model_file import read_model
from fcn_captcha.model.run_folder import Run
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.train import main
from fcn_captcha.train import train as train_by_name
from fcn_captcha.training import dataset as dataset_module
from fcn_captcha.training import finishing
from fcn_captcha.training import loop as loop_module
from fcn_captcha.training.checkpoint import read_checkpoint, write_checkpoint
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.job import resume, train
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.settings import Settings

SMALL = "width=32 height=16 alphabet=abc length=2"
DRAWN: dict[str, Any] = {"generator": "image-captcha", "generator_options": SMALL}


class CrashError(Exception):
    """As good as any."""


class Crashing(Notebook):
    """Ends a training by an error at a step."""

    def __init__(self, step: int, error: BaseException) -> None:
        super().__init__()
        self._step, self._error = step, error

    def move(self, share: float, line: str) -> None:
        super().move(share, line)
        if len(self.moves) == self._step:
            raise self._error


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 small images without centres."""
    folder = tmp_path_factory.mktemp("data")
    make = find_generator("image-captcha", SMALL)
    for i, sample in enumerate(islice(stream(make, 0), 60)):
        Image.fromarray(sample.image).save(folder / f"{sample.text}-{i}.png")
    return folder


@pytest.fixture(scope="module")
def shards(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same images in two shards."""
    folder, paths = tmp_path_factory.mktemp("shards"), sorted(data.iterdir())
    for k, some in enumerate((paths[:35], paths[35:])):
        write_tar(folder / f"{k}.tar", [(path.name, path.read_bytes()) for path in some])
    return folder


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_module, "_GENERATED_PART", 20)
    monkeypatch.setattr(loop_module, "FLAT_IMAGES", 40)
    monkeypatch.setattr(finishing, "make_page", lambda result: "a page")
    monkeypatch.setitem(ARCHITECTURES, "small", SMALL_NETWORK)


# --- the same weights ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"images": 104, **DRAWN}, 6),  # at the last step of the third epoch, after an alignment
        ({"images": 104}, 3),  # at the first step of the second
        ({"images": 104, "data": "shards"}, 6),
        ({"epochs": 2, "data": None, **DRAWN}, 1),  # before the first epoch's end
        ({"epochs": 3, "data": None, **DRAWN}, 5),
    ],
)
def test_a_loop_that_goes_on_ends_with_the_weights_of_an_undisturbed_one(
    data: Path, shards: Path, tmp_path: Path, change: dict[str, Any], step: int
) -> None:
    same = {"epoch_images": 32, "batch_size": 16, "precision": "float32", "architecture": "small"}
    settings = Settings(**{"data": str(data), **same, **change})
    if settings.data == "shards":
        settings = replace(settings, data=str(shards))

    def make() -> Loop:
        return Loop(make_dataset(settings), settings, 0.0, lambda: 0.0)

    whole = make()
    whole.run(Notebook())
    path, killed, late = tmp_path / "c.npz", make(), make()
    write_checkpoint(path, {}, killed.state())
    with pytest.raises(CrashError):
        killed.run(Crashing(step, CrashError()), keep=lambda state: write_checkpoint(path, {}, state))
    late.restore(read_checkpoint(path)[1])
    assert len(late.history) == (step - 1) // 2
    late.run(Notebook())
    wanted, found = whole.state(), late.state()
    for name in ("network", "optimiser"):
        assert all((a == b).all() for a, b in zip(wanted[name], found[name], strict=True)), name
    best = late.make_best().get_weights()
    assert all((a == b).all() for a, b in zip(best, whole.make_best().get_weights(), strict=True))
    assert [(e.images, e.loss, e.movement_px, e.exact) for e in whole.history] == [
        (e.images, e.loss, e.movement_px, e.exact) for e in late.history
    ]
    if settings.data is not None:
        assert whole.alignments == late.alignments > 0
        assert (wanted["dataset"]["centres_px"] == found["dataset"]["centres_px"]).all()


_KILLED = """
import os, signal, sys
from fcn_captcha.console.progress import Watch
from fcn_captcha.train import train

class Last(Watch):
    steps = 0
    def move(self, share, line):
        self.steps += 1
        if self.steps == 5:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    sizes = {"epochs": 4, "epoch_images": 32, "batch_size": 16}
    train(watch=Last(quiet=True), data=sys.argv[1], out=sys.argv[2], precision="float32", **sizes)
"""
_SAME = ["--epochs", "4", "--epoch-images", "32", "--batch-size", "16", "--precision", "float32"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX only")
def test_a_killed_process_loses_the_epoch_it_was_in_and_nothing_else(data: Path, tmp_path: Path) -> None:
    killed, whole = Run(tmp_path / "killed"), Run(tmp_path / "whole")
    # Sums are taken in another order by another number of threads, and how many cores there are may change meanwhile.
    threads = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1")

    def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    done = start("-c", _KILLED, str(data), str(killed.path))
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert killed.checkpoint.exists()
    assert not killed.model.exists()
    done = start("-m", "fcn_captcha.train", "--out", str(killed.path), "--resume")
    assert done.returncode == 0, done.stderr
    assert "going on after epoch 2, 64 images" in done.stderr
    done = start("-m", "fcn_captcha.train", "--out", str(whole.path), "--data", str(data), *_SAME)
    assert done.returncode == 0, done.stderr
    wanted, found = (read_model(run.path)[0].get_weights() for run in (whole, killed))
    assert all((a == b).all() for a, b in zip(wanted, found, strict=True))
    assert {p.name for p in killed.path.iterdir()} == {p.name for p in whole.path.iterdir()}
    assert not killed.checkpoint.exists()
    rows = killed.history.read_text(encoding="utf-8").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["1", "2", "3", "4"]


# --- without learning ------------------------------------------------------------------------------


def begin(monkeypatch: pytest.MonkeyPatch, data: Path, out: Path, error: BaseException, **change: Any) -> Recorder:
    """A training of recorders that ends at its fifth step, in the third epoch."""
    made = record(monkeypatch)
    settings = Settings(
        **{"data": str(data), "out": str(out), "epochs": 4, "epoch_images": 32, "batch_size": 16, **change}
    )
    if isinstance(error, KeyboardInterrupt):
        assert train(settings, Crashing(5, error)).interrupted
    else:
        with pytest.raises(type(error)):
            train(settings, Crashing(5, error))
    return made[0]


@pytest.mark.parametrize("error", [CrashError(), KeyboardInterrupt()])
def test_after_an_error_or_ctrl_c_the_same_images_are_shown_that_would_have_been(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    settings: dict[str, Any] = {"data": str(data), "epochs": 4, "epoch_images": 32, "batch_size": 16, **DRAWN}
    made = record(monkeypatch)
    train(Settings(**settings, out=str(tmp_path / "whole")))
    wanted = [step.content for step in made[0].shown]
    begin(monkeypatch, data, tmp_path / "run", error, **DRAWN)
    made = record(monkeypatch)
    resume({"out": str(tmp_path / "run"), "data": str(data), "epochs": 4})
    assert [step.content for step in made[0].shown] == wanted[4:]
    assert len(wanted) == 8
    with pytest.raises(ValueError, match=r"run: this training is finished, nothing is left to do"):
        resume({"out": str(tmp_path / "run")})


def test_a_budget_may_be_raised_and_is_remembered(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, data, tmp_path / "run", CrashError())
    made = record(monkeypatch)
    resume({"out": str(tmp_path / "run"), "epochs": 6})
    assert len(made[0].shown) == 8
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["epochs"] == 6


def test_seconds_that_were_spent_count() -> None:
    settings = Settings(minutes=10, **DRAWN)
    times = [0.0]
    first = Loop(make_dataset(settings), settings, 0.0, lambda: times[0])
    times[0] = 400.0
    state = first.state()
    times[0] = 100_000.0  # of another machine's clock
    second = Loop(make_dataset(settings), settings, times[0], lambda: times[0])
    second.restore(state)
    assert second.seconds == 400


def test_what_differs_is_named_and_nothing_is_changed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    begin(monkeypatch, data, out, CrashError())
    record(monkeypatch)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with pytest.raises(ValueError, match="seed: it must stay 0 for a training that goes on, got 3"):
        resume({"out": str(out), "seed": 3})
    other = tmp_path / "other"
    other.mkdir()
    for path in sorted(data.iterdir())[1:]:
        (other / path.name).write_bytes(path.read_bytes())
    with pytest.raises(DataError, match=r"other: other images or labels than this training was begun with \(training"):
        resume({"out": str(out), "data": str(other)})
    with (
        hold(Run(out).lock, "another training is going on there"),
        pytest.raises(FileExistsError, match=rf"run: another training is going on there, by process {os.getpid()}"),
    ):
        resume({"out": str(out)})
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in data.iterdir():
        (moved / path.name).write_bytes(path.read_bytes())
    assert len(resume({"out": str(out), "data": str(moved)}).history) == 4


def test_a_training_from_shards_goes_on_with_these_and_no_others(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, watch = record(monkeypatch), Notebook()
    settings = Settings(data=str(shards), out=str(tmp_path / "whole"), epochs=4, epoch_images=32, batch_size=16)
    whole = train(settings, watch)
    wanted = [step.content for step in made[0].shown]
    assert len(wanted) == 8
    assert whole.images + len(whole.test) < 60
    assert any(f"{whole.images} images to train on, " in line for line in watch.lines)
    assert not Run(tmp_path / "whole").parts.exists()
    out = tmp_path / "run"
    begin(monkeypatch, shards, out, CrashError())
    made = record(monkeypatch)
    other = tmp_path / "other"
    other.mkdir()
    (other / "0.tar").write_bytes((shards / "0.tar").read_bytes())
    with pytest.raises(DataError, match=rf"other: other images .* \(training: {whole.images} then, "):
        resume({"out": str(out), "data": str(other)})
    (other / "1.tar").write_bytes((shards / "1.tar").read_bytes())
    resume({"out": str(out), "data": str(other)})
    assert [step.content for step in made[-1].shown] == wanted[4:]


def test_there_must_be_a_training_to_go_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    with pytest.raises(ValueError, match=r"none: no training was begun there; leave out --resume to begin one"):
        resume({"out": str(tmp_path / "none")})
    assert not (tmp_path / "none").exists()
    begin(monkeypatch, data, tmp_path / "run", CrashError())
    with pytest.raises(FileExistsError, match="exists; choose another --out"):
        train(Settings(data=str(data), out=str(tmp_path / "run")))
    (tmp_path / "run" / "checkpoint.npz").unlink()
    with pytest.raises(ValueError, match=r"run: no checkpoint\.npz to go on from; begin anew with --overwrite"):
        resume({"out": str(tmp_path / "run")})


# --- the command -----------------------------------------------------------------------------------


def test_the_command_goes_on_with_what_is_stated_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "run")
    begin(monkeypatch, data, tmp_path / "run", CrashError(), label_pattern="([a-z]+)-.*")
    made = record(monkeypatch)
    with pytest.raises(SystemExit):
        main(["--data", str(data), "--out", out, "--resume", "--batch-size", "8"])
    assert "error: batch_size: it must stay 16 for a training that goes on, got 8" in capsys.readouterr().err
    assert main(["--data", str(data), "--out", out, "--resume", "--batch-size", "16", "--epochs", "5"]) == 0
    told = capsys.readouterr()
    assert "going on after epoch 2, 64 images" in told.err
    assert f"model   {tmp_path / 'run' / 'model.onnx'}" in told.out
    assert len(made[-1].shown) == 6
    with pytest.raises(SystemExit):
        main(["--out", out, "--resume"])
    assert "run: this training is finished, nothing is left to do" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--out", out, "--resume", "--overfit", "3"])
    assert "--overfit ends by itself" in capsys.readouterr().err


def test_the_function_goes_on_too(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, data, tmp_path / "run", CrashError())
    record(monkeypatch)
    assert [e.epoch for e in train_by_name(out=str(tmp_path / "run"), resume=True).history] == [1, 2, 3, 4]
