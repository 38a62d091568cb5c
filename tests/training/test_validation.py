from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest
from conftest import write_images

from fcn_captcha.maps.geometry import pixels_to_cells
from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.model.prediction import round_size
from fcn_captcha.training.dataset import Dataset, make_few
from fcn_captcha.training.examples import prepare
from fcn_captcha.training.settings import Settings
from fcn_captcha.training.validation import Validation

Array = npt.NDArray[np.float32]
SIGMAS_CELLS = (1.3, 2.6)


class Oracle:
    """A network that knows the maps of some images by heart; the others it finds blank. Its weight is their number."""

    def __init__(self, dataset: Dataset) -> None:
        self.known = 0
        self.score = 0.9
        self._dataset = dataset
        samples = dataset.parts.validation
        self._examples = [prepare(s, dataset.preprocess, dataset.alphabet) for s in samples]

    def predict_on_batch(self, inks: Array) -> Array:
        return np.stack([self._find(ink) for ink in inks])

    def get_weights(self) -> list[Array]:
        return [np.full(1, self.known, np.float32)]

    def _find(self, ink: Array) -> Array:
        shape = (ink.shape[0] // 4, ink.shape[1] // 4, len(self._dataset.alphabet))
        for example in self._examples[: self.known]:
            rows, columns, _ = example.ink.shape
            if ink.shape == (round_size(rows, 4), round_size(columns, 4), 1) and (
                (ink[:rows, :columns] == example.ink).all()
            ):
                assert example.centres_px is not None
                cells = pixels_to_cells(example.centres_px, 4)
                return np.float32(self.score) * make_centre_maps(cells, example.channels, shape)
        return np.zeros(shape, np.float32)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Eight images, of several widths, that have centres."""
    write_images(tmp_path, 8, centres=True)
    return make_few(Settings(data=str(tmp_path), out="o"), 8)


def test_the_best_weights_are_kept_and_of_equals_the_last(dataset: Dataset) -> None:
    network = Oracle(dataset)
    validation = Validation(dataset, network, SIGMAS_CELLS)
    assert len(validation) == 8
    assert validation.best == (-1, -1)
    assert validation.weights == [0]
    for known, kept in ((0, 0), (6, 6), (4, 6), (7, 7), (0, 7)):
        network.known = known
        assert validation.read().exact == known / 8
        assert validation.weights == [kept]
    assert validation.best[0] == 7 / 8
    network.known = 7
    network.get_weights = lambda: [np.full(1, 77, np.float32)]  # type: ignore[method-assign]
    validation.read()
    assert validation.weights == [77]


def test_of_equal_exact_matches_more_characters_are_better(dataset: Dataset) -> None:
    network = SimpleNamespace(get_weights=lambda: [], predict_on_batch=Oracle(dataset).predict_on_batch)
    validation = Validation(dataset, network, SIGMAS_CELLS)
    validation.best = (0.0, 0.5)
    network.get_weights = lambda: [np.ones(1, np.float32)]
    assert validation.read().characters == 0
    assert (validation.best, validation.weights) == ((0.0, 0.5), [])


def test_while_training_few_thresholds_are_tried_and_for_the_choice_all(dataset: Dataset) -> None:
    network = Oracle(dataset)
    network.known, network.score = 8, 0.25
    validation = Validation(dataset, network, SIGMAS_CELLS)
    assert validation.read().exact == 0
    choice = validation.choose(network)
    assert choice.exact == 1
    assert choice.options.threshold == 0.2
    assert validation.best[0] == 0, "a choice is no reading that weights compete in"
