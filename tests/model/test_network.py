"""One contract for every architecture: build, a training step, save, load, read."""

from pathlib import Path

import numpy as np
import pytest

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import find_text
from fcn_captcha.maps.geometry import STRIDE
from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.model.architectures import ARCHITECTURES
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.loss import CentreMapLoss
from fcn_captcha.model.model_file import read_model, write_model
from fcn_captcha.model.network import make_network
from fcn_captcha.model.prediction import make_predict
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.optimiser import make_optimiser

CLASSES = 5
ALPHABET = Alphabet("abcde")


def make_config(architecture: str) -> ModelConfig:
    return ModelConfig(ALPHABET, Preprocess(), 0.4, 2.0, STRIDE, architecture)


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_contract(architecture: str, tmp_path: Path) -> None:
    network = make_network(architecture, 1, CLASSES, seed=1)
    described = ARCHITECTURES[architecture]
    optimiser = make_optimiser(described.optimiser, described.learning_rate, 0.004)
    network.compile(optimiser, CentreMapLoss(described.squared_error), jit_compile=False)
    rng = np.random.default_rng(0)
    ink = rng.random((3, 36, 52, 1), dtype=np.float32)
    maps = np.stack([make_centre_maps([(3, 4), (9, 5)], [0, c], (9, 13, CLASSES)) for c in (1, 2, 0)])
    losses = [float(network.train_on_batch(ink, maps)) for _ in range(30)]
    assert losses[-1] < losses[0]

    answer = make_predict(network)(ink)
    assert answer.shape == (3, 9, 13, CLASSES)
    assert answer.dtype == np.float32
    assert answer.min() >= 0

    write_model(tmp_path / "model.keras", network, make_config(architecture))
    loaded, config = read_model(tmp_path / "model.keras")
    assert config == make_config(architecture)
    np.testing.assert_allclose(make_predict(loaded)(ink), answer, atol=1e-4)

    image = rng.integers(0, 255, (36, 52, 3)).astype(np.uint8)
    reading = Reader.load(tmp_path / "model.keras").read(image)
    prepared, _ = config.preprocess.apply(image)
    by_hand = find_text(np.clip(make_predict(network)(prepared[None])[0], 0, 1), config.options)
    assert reading.text == ALPHABET.decode(by_hand.channels)
    np.testing.assert_allclose([c.score for c in reading.characters], by_hand.scores, atol=1e-4)


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
@pytest.mark.parametrize("size", [(4, 4), (96, 216), (52, 200), (8, 400)])
def test_any_size_that_the_stride_divides(architecture: str, size: tuple[int, int]) -> None:
    network = make_network(architecture, 1, 24)
    height, width = size
    answer = network(np.zeros((1, height, width, 1), np.float32))
    assert tuple(answer.shape) == (1, height // 4, width // 4, 24)


# 3×3 before each pool, once or twice between, seven times after it, of these once twice as far in `dilated`:
# 1 + 2 · 2 + 7 · 4 = 33 and 1 + 2 + 6 · 4 + 8 = 35 px to each side, and the cell.
@pytest.mark.parametrize(("architecture", "reach_px", "least"), [("residual", 33, 14), ("dilated", 35, 15)])
def test_a_cell_sees_as_far_as_its_receptive_field_and_no_farther(architecture: str, reach_px: int, least: int) -> None:
    network = make_network(architecture, 1, 1, seed=2)
    rng = np.random.default_rng(0)
    for layer in network.layers:  # the pairs start as nothing
        layer.set_weights([rng.normal(0, 0.1, w.shape) for w in layer.get_weights()])
    ink = rng.random((1, 4, 200, 1), np.float32)
    changed = ink.copy()
    changed[0, :, 100] += 5
    predict = make_predict(network)
    moved = np.flatnonzero(np.abs(predict(changed) - predict(ink))[0, 0, :, 0] > 1e-7)
    assert moved.min() >= (100 - reach_px - 4) // 4
    assert moved.max() <= (100 + reach_px + 4) // 4
    assert len(moved) >= least


def test_seeds_and_precisions() -> None:
    one, same, other = (make_network("residual", 1, 3, seed=s).get_weights() for s in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    assert not all((a == b).all() for a, b in zip(one, other, strict=True))
    half = make_network("residual", 1, 3, "bfloat16", seed=1)
    assert all(w.dtype == np.float32 for w in half.get_weights())
    ink = np.random.default_rng(0).random((1, 16, 16, 1), dtype=np.float32)
    single = make_network("residual", 1, 3, seed=1)
    np.testing.assert_allclose(half(ink), single(ink), atol=0.02)


@pytest.mark.parametrize(("architecture", "precision"), [("resnet", "float32"), ("classic", "float16")])
def test_unknown_names_are_errors(architecture: str, precision: str) -> None:
    with pytest.raises(ValueError, match="is needed, got"):
        make_network(architecture, 1, 3, precision)
