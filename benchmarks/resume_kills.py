"""A training killed at chance moments until it is finished: does it end with the weights of an undisturbed one?

    python -m benchmarks.resume_kills --kills 20

Each life of the training, a process of its own, is ended by SIGKILL at a chance moment, from when it has read its data
to its last file; the next one goes on with ``--resume``, or begins anew where there is nothing to go on with yet.
After ``--lives`` kills one is left to finish, and a training begins that is killed anew, until there were ``--kills``.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from PIL import Image

from benchmarks.tables import describe_machine, write_result
from fcn_captcha.model.model_file import read_model
from fcn_captcha.model.run_folder import Run
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.training.checkpoint import read_checkpoint

_SMALL = "width=32 height=16 alphabet=abc length=2"
_FLAGS = ["--generator", "image-captcha", "--generator-options", _SMALL, "--precision", "float32"]
_BUDGET = ["--epochs", "16", "--epoch-images", "256"]
_REAL = 200  # images, aligned on the way, beside as many drawn ones


@dataclass
class Count:
    """What happened, over all kills.

    Attributes:
        before_begin: kills before there was a run's folder to go on with.
        half_written: kills that left half a checkpoint beside the whole one.
        epochs: how many whole epochs the checkpoint held at each other kill, -1 where it was removed already.
        equal: trainings that ended with the weights of the undisturbed one.
    """

    kills: int = 0
    before_begin: int = 0
    half_written: int = 0
    epochs: list[int] = field(default_factory=list)
    trainings: int = 0
    equal: int = 0


def run_kills(folder: Path, kills: int, lives: int, seed: int) -> Count:
    """Trainings, each killed up to ``lives`` times, until there were so many kills."""
    chance, count = random.Random(seed), Count()
    data = write_data(folder / "data")
    usual_s = _finish(data, Run(folder / "whole"))
    wanted, _ = read_model(folder / "whole")
    while count.kills < kills:
        run = Run(folder / f"killed-{count.trainings}")
        for _ in range(min(lives, kills - count.kills)):
            if not _kill(data, run, chance.uniform(0, usual_s)):
                break
            count.kills += 1
            if not run.settings.exists():
                count.before_begin += 1
                continue
            count.half_written += bool(list(run.path.glob(".*.part")))
            count.epochs.append(len(read_checkpoint(run.checkpoint)[1]["history"]) if run.checkpoint.exists() else -1)
        _finish(data, run)
        found, _ = read_model(run.path)
        same = (a == b for a, b in zip(wanted.get_weights(), found.get_weights(), strict=True))
        count.trainings += 1
        count.equal += all(bool(equal.all()) for equal in same)
        print(json.dumps(vars(count)), flush=True)
    return count


def write_data(folder: Path) -> Path:
    """A folder of small images that are named after their strings."""
    folder.mkdir()
    for i, sample in enumerate(islice(stream(find_generator("image-captcha", _SMALL), 0), _REAL)):
        Image.fromarray(sample.image).save(folder / f"{sample.text}-{i}.png")
    return folder


def _start(data: Path, run: Run) -> "subprocess.Popen[bytes]":
    """A life of the training: it goes on where there is something to go on with."""
    flags = ["--resume"] if run.settings.exists() else [*_FLAGS, *_BUDGET, "--overwrite"]
    command = [sys.executable, "-m", "fcn_captcha.train", "--data", str(data), "--out", str(run.path), *flags]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _kill(data: Path, run: Run, after_s: float) -> bool:
    """Kills a life so many seconds after it has read its data. Returns whether it was still alive."""
    process = _start(data, run)
    _await_data(process)
    try:
        process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    return False


def _finish(data: Path, run: Run) -> float:
    """Lets a life end by itself. Returns the seconds after it had read its data."""
    if run.settings.exists() and not run.checkpoint.exists():
        return 0.0  # it was finished before
    process = _start(data, run)
    _await_data(process)
    began = time.monotonic()
    _, told = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{run.path}: status {process.returncode}: {told.decode()[-2000:]}")
    return time.monotonic() - began


def _await_data(process: "subprocess.Popen[bytes]") -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(b"alphabet of"):
            return


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.resume_kills", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="of trainings")
    parser.add_argument("--lives", type=int, default=5, metavar="N", help="kills of one training, at most")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments")
    parser.add_argument("--no-result", action="store_true", help="print the counts only")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        count = run_kills(Path(folder), options.kills, options.lives, options.seed)
    if not options.no_result:
        write_result("resume_kills", "python -m benchmarks.resume_kills " + " ".join(sys.argv[1:]), [vars(count)])
        print(describe_machine())


if __name__ == "__main__":
    main()
