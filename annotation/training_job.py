"""Training on what is annotated so far, in a process of its own."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.formats.annotated import Annotated, read_annotated
from annotation.part_folders import write_part_folder
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import read_image
from fcn_captcha.data.samples import Sample
from fcn_captcha.model.run_folder import Run

IMAGES = 4000  # shown in a training, repeats counted
FEWEST = 10  # annotated images
_PART = 10  # one image in so many chooses epoch and threshold, and one tests
_PATIENCE_S = 10.0  # that a training gets to end
_MOVING = re.compile(r" *(\d+) %  (.*)")


@dataclass(frozen=True)
class JobState:
    """How a training is going.

    Attributes:
        running: whether it is.
        share: what is done, 0 to 1.
        line: the last that it said.
        error: why it ended without a model, None otherwise.
        model: the run's folder once it holds a model.
    """

    running: bool
    share: float
    line: str
    error: str | None = None
    model: Path | None = None


class TrainingJob:
    """One training at a time on the annotated images of a folder.

    It runs ``python -m fcn_captcha.train`` on links to the images, which lie beside ``out`` meanwhile, with its
    output in a file there. It ends with the process that started it. A with statement stops it at its end.
    """

    def __init__(
        self, folder: Path | str, out: Path | str, images: int = IMAGES, module: str = "fcn_captcha.train"
    ) -> None:
        """``out`` is the run's folder, which must not exist; ``images`` are shown; ``module`` is what trains."""
        self._folder, self._run, self._images, self._module = Path(folder), Run(Path(out)), images, module
        self._data = self._run.path.with_name(self._run.path.name + ".data")
        self._log = self._run.path.with_name(self._run.path.name + ".log")
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def start(self) -> int:
        """Begins, and returns how many annotated images it trains, chooses and tests on.

        Raises :class:`~fcn_captcha.data.errors.DataError` where they are fewer than ten, ``FileExistsError``
        where ``out`` is there, ``RuntimeError`` where a training is running.
        """
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError("a training is running")
        self._run.check_free(overwrite=False)
        images = read_annotated(self._folder, [])
        if len(images) < FEWEST:
            raise DataError(f"{self._folder}: at least {FEWEST} annotated images are needed, got {len(images)}")
        self._clean()
        self._data.parent.mkdir(parents=True, exist_ok=True)
        write_part_folder(self._data, _deal([_read_sample(image) for image in images]))
        command = [sys.executable, "-m", "annotation.tethered", self._module]
        command += ["--data", str(self._data), "--images", str(self._images), "--out", str(self._run.path)]
        self._stopped = False
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
            )
        return len(images)

    def poll(self) -> JobState:
        """How it is going now. Before the start nothing is."""
        if self._process is None:
            return JobState(False, 0.0, "")
        status = self._process.poll()
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        moves = [match for line in lines if (match := _MOVING.fullmatch(line))]
        share = int(moves[-1][1]) / 100 if moves else 0.0
        line = next((line for line in reversed(lines) if line.strip()), "")
        if status is None:
            return JobState(True, share, moves[-1][2] if moves else line)
        self._clean()
        if status == 0 and self._run.model.exists():
            return JobState(False, 1.0, line, model=self._run.path)
        return JobState(False, share, line, error="stopped" if self._stopped else _find_error(lines, status))

    def stop(self) -> None:
        """Ends it, if it is running; there is no model then."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self._stopped = True
        process.terminate()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._clean()

    def __enter__(self) -> "TrainingJob":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _clean(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        shutil.rmtree(self._data, ignore_errors=True)


def _read_sample(image: Annotated) -> Sample:
    assert image.path is not None
    return Sample(image.name, read_image(image.path), image.text, image.centres, image.path)


def _deal(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """The parts, by the order of a hash of the names, whatever order they were annotated in."""
    ordered = sorted(samples, key=lambda s: hashlib.sha256(s.name.encode("utf-8", "surrogateescape")).digest())
    few = max(1, len(ordered) // _PART)
    return {"train": ordered[2 * few :], "val": ordered[few : 2 * few], "test": ordered[:few]}


def _find_error(lines: Sequence[str], status: int) -> str:
    said = next((line.removeprefix("error: ") for line in reversed(lines) if line.startswith("error: ")), None)
    return said or f"the training ended with status {status}: {lines[-1] if lines else 'it said nothing'}"
