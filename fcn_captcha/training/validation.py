"""The validation part, read now and then while training, and the best weights by it."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fcn_captcha.evaluation.tuning import QUICK, Choice, choose_options
from fcn_captcha.model.prediction import Predict, iterate_maps, make_predict
from fcn_captcha.training.dataset import Dataset
from fcn_captcha.training.examples import prepare


class Validation:
    """Reads the validation part and remembers the weights that read it best.

    Attributes:
        best: exact match and character accuracy of the best weights so far; -1 before the first reading.
        weights: those weights; the first ones before that.
    """

    def __init__(self, dataset: Dataset, network: keras.Model, sigmas_cells: tuple[float, float]) -> None:
        self.best = (-1.0, -1.0)
        self.weights: list[npt.NDArray[np.float32]] = network.get_weights()
        self._network = network
        self._sigmas_cells = sigmas_cells
        self._alphabet = dataset.alphabet
        self._examples = [prepare(s, dataset.preprocess, dataset.alphabet) for s in dataset.parts.validation]
        self._texts = [s.text for s in dataset.parts.validation]
        self._stride = dataset.stride

    def __len__(self) -> int:
        return len(self._examples)

    @property
    def predict(self) -> Predict:
        """The network as it is now."""
        return make_predict(self._network)

    def state(self) -> dict[str, Any]:
        """What :meth:`restore` needs to go on from here."""
        return {"best": self.best, "weights": self.weights}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a :meth:`state`."""
        exact, characters = state["best"]
        self.best, self.weights = (exact, characters), state["weights"]

    def read(self) -> Choice:
        """How well the network reads now; of several equally good weights the last are kept."""
        choice = choose_options(self._read(self._network), self._alphabet, self._sigmas_cells, *QUICK)
        if (choice.exact, choice.characters) >= self.best:
            self.best = choice.exact, choice.characters
            self.weights = self._network.get_weights()
        return choice

    def choose(self, network: keras.Model) -> Choice:
        """The decoding options that suit a network best."""
        return choose_options(self._read(network), self._alphabet, self._sigmas_cells)

    def _read(self, network: keras.Model) -> Iterator[tuple[npt.NDArray[np.float32], str]]:
        for i, maps in iterate_maps(make_predict(network), [e.ink for e in self._examples], self._stride):
            yield maps, self._texts[i]
