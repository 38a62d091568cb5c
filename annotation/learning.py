"""Training on what is done so far, from the page: one at a time, and the model's reader once there is one."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from annotation.training_job import IMAGES, JobState, TrainingJob
from fcn_captcha.data.errors import DataError
from fcn_captcha.model.backend import load_keras
from fcn_captcha.reading.reader import Reader


class Learning:
    """The trainings of a folder, each in the next free run of ``runs``, a folder too."""

    def __init__(
        self,
        folder: Path,
        runs: Path,
        take: Callable[[Reader], None],
        images: int = IMAGES,
        module: str = "fcn_captcha.train",
        load: Callable[[Path], Reader] | None = None,
    ) -> None:
        """``take`` is given the reader of each model; ``images``, ``module`` as of :class:`TrainingJob`."""
        self._folder, self._runs, self._take = folder, runs, take
        self._images, self._module = images, module
        self._load = load or _load
        self._lock = threading.Lock()
        self._job: TrainingJob | None = None
        self._ended: JobState | None = None

    def start(self) -> int:
        """Begins a training, and returns on how many images.

        Raises :class:`DataError` where they are too few, or one is running.
        """
        with self._lock:
            if self._measure().running:
                raise DataError("a training is running")
            job = TrainingJob(self._folder, self._find_free(), self._images, self._module)
            count = job.start()
            self._job, self._ended = job, None
            return count

    def measure(self) -> dict[str, Any]:
        """How it goes, as JSON; the first call after a training's end takes its model."""
        with self._lock:
            state = self._measure()
        return asdict(state) | {"model": None if state.model is None else str(state.model)}

    def stop(self) -> None:
        """Ends a training that is running."""
        with self._lock:
            if self._job is not None:
                self._job.stop()

    def _measure(self) -> JobState:
        if self._job is None:
            return self._ended or JobState(False, 0.0, "")
        state = self._job.poll()
        if not state.running:
            self._job, self._ended = None, self._finish(state)
            return self._ended
        return state

    def _finish(self, state: JobState) -> JobState:
        if state.model is None:
            return state
        try:
            self._take(self._load(state.model))
        except (ValueError, OSError, ImportError) as error:
            return JobState(False, state.share, state.line, f"the model can't be loaded: {error}")
        return state

    def _find_free(self) -> Path:
        number = 1
        while (path := self._runs / f"{self._folder.name}-{number}").exists():
            number += 1
        return path


def _load(path: Path) -> Reader:
    load_keras()
    return Reader.load(path)
