"""Trainings without learning: a network that remembers what it is shown, and a watch that keeps what is said."""

from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fcn_captcha.console.progress import Watch
from fcn_captcha.model.network import make_network
from fcn_captcha.training import finished_reader, finishing, loop
from fcn_captcha.training.dataset import Dataset
from fcn_captcha.training.settings import Settings

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shown:
    """One step: what the network was shown, at which learning rate."""

    ink: Array
    maps: Array
    rate: float

    @property
    def content(self) -> tuple[object, ...]:
        return self.ink.shape, self.ink.tobytes(), self.maps.shape, self.maps.tobytes(), self.rate


class Recorder:
    """A network that reads nothing, whatever it is shown; its weights tell how many steps it took."""

    def __init__(self, channels: int, classes: int, loss: float = 1.0) -> None:
        self.optimizer = SimpleNamespace(learning_rate=0.0, variables=[])
        self.shown: list[Shown] = []
        self._steps_before = 0
        self._channels, self._classes, self._loss = channels, classes, loss

    def train_on_batch(self, ink: Array, maps: Array) -> float:
        self.shown.append(Shown(ink, maps, self.optimizer.learning_rate))
        return self._loss

    def predict_on_batch(self, ink: Array) -> Array:
        return np.zeros((*ink[:, ::4, ::4, 0].shape, self._classes), np.float32)

    def set_weights(self, weights: list[Array]) -> None:
        """Takes the steps that these weights tell of for its own."""
        self._steps_before = round(
            1000 * float((weights[0] - make_first_weights(self._channels, self._classes)[0]).mean())
        )

    def get_weights(self) -> list[Array]:
        return make_weights(self._channels, self._classes, self._steps_before + len(self.shown))


@cache
def make_first_weights(channels: int, classes: int) -> list[Array]:
    weights: list[Array] = make_network(Settings.architecture, channels, classes).get_weights()
    return weights


def make_weights(channels: int, classes: int, steps: int) -> list[Array]:
    """Those of a recorder after so many steps: other ones after each."""
    return [weights + np.float32(steps / 1000) for weights in make_first_weights(channels, classes)]


def record(monkeypatch: pytest.MonkeyPatch, loss: float = 1.0, kind: type[Recorder] = Recorder) -> list[Recorder]:
    """From now on trainings have recorders for networks, which are listed here as they are made.

    What they come to is measured on few images: it is nothing.
    """
    made: list[Recorder] = []

    def make(dataset: Dataset, settings: Settings) -> tuple[Recorder, dict[str, Any]]:
        made.append(kind(dataset.preprocess.channels, len(dataset.alphabet), loss))
        return made[-1], {"precision": "float32", "optimiser": "muon", "learning_rate": 3e-3}

    monkeypatch.setattr(loop, "make_compiled", make)
    for module, name in (
        (finished_reader, "_COMPARED"),
        (finished_reader, "_LOOKED_AT"),
        (finishing, "_TRAINING_SAMPLE"),
    ):
        monkeypatch.setattr(module, name, 5)
    return made


class Notebook(Watch):
    """Keeps what is said, and the share and line of each move."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.lines: list[str] = []
        self.moves: list[tuple[float, str]] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def move(self, share: float, line: str) -> None:
        self.moves.append((share, line))
