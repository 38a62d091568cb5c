"""One contract for every architecture: build, a training step, save, load, read."""

from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import find_text
from fcn_captcha.maps.geometry import STRIDE
from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.model.architectures import ARCHITECTURES
from fcn_captcha.model.loss import CentreMapLoss, LastReLU
from fcn_captcha.model.model_file import Card, read_model, write_model
from fcn_captcha.model.network import make_network
from fcn_captcha.model.prediction import make_predict
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.optimiser import make_optimiser

CLASSES = 5
ALPHABET = Alphabet("abcde")


def make_card(architecture: str) -> Card:
    return Card(ALPHABET, Preprocess(), 0.4, 2.0, STRIDE, architecture)


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

    write_model(tmp_path / "model.keras", network, make_card(architecture))
    loaded, card = read_model(tmp_path / "model.keras")
    assert card == make_card(architecture)
    np.testing.assert_allclose(make_predict(loaded)(ink), answer, atol=1e-4)

    image = rng.integers(0, 255, (36, 52, 3)).astype(np.uint8)
    reading = Reader.load(tmp_path / "model.keras").read(image)
    prepared, _ = card.preprocess.apply(image)
    by_hand = find_text(np.clip(make_predict(network)(prepared[None])[0], 0, 1), card.rules)
    assert reading.text == ALPHABET.decode(by_hand.channels)
    np.testing.assert_allclose([c.score for c in reading.characters], by_hand.scores, atol=1e-4)


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
@pytest.mark.parametrize("size", [(4, 4), (96, 216), (52, 200), (8, 400)])
def test_any_size_that_the_stride_divides(architecture: str, size: tuple[int, int]) -> None:
    network = make_network(architecture, 1, 24)
    height, width = size
    answer = network(np.zeros((1, height, width, 1), np.float32))
    assert tuple(answer.shape) == (1, height // 4, width // 4, 24)


def test_seed_is_convolutions_relus_and_two_max_pools_and_nothing_else() -> None:
    network = make_network("classic", 1, 24)
    kinds = [type(layer).__name__ for layer in network.layers[1:]]
    assert set(kinds) == {"Conv2D", "ReLU", "LastReLU", "MaxPooling2D"}
    assert kinds.count("MaxPooling2D") == 2
    assert kinds[-1] == "LastReLU"
    for kind, following in pairwise(kinds):
        assert (kind == "Conv2D") == following.endswith("ReLU")
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.kernel_size in ((3, 3), (5, 5))
            assert (layer.strides, layer.padding) == ((1, 1), "same")


def test_a_map_that_is_dark_everywhere_can_be_lit_again() -> None:
    ink = keras.Input((None, None, 1))
    maps = LastReLU()(keras.layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(-1.0))(ink))
    network = keras.Model(ink, maps)
    network.compile(keras.optimizers.SGD(0.05), CentreMapLoss(squared=True))
    dark = np.zeros((1, 4, 4, 1), np.float32)
    assert (np.asarray(network(dark)) == 0).all()
    for _ in range(30):
        network.train_on_batch(dark, np.full((1, 4, 4, 1), 0.7, np.float32))
    np.testing.assert_allclose(network(dark), 0.7, atol=0.05)


def test_a_shifted_image_gives_shifted_maps() -> None:
    network = make_network("residual", 1, 3, seed=3)
    ink = np.zeros((1, 80, 160, 1), np.float32)
    ink[0, 30:50, 40:60, 0] = np.random.default_rng(0).random((20, 20))
    predict = make_predict(network)
    moved = np.roll(ink, (4, 32), axis=(1, 2))
    np.testing.assert_allclose(predict(moved)[0, 8:14, 20:26], predict(ink)[0, 7:13, 12:18], atol=1e-5)


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


@pytest.mark.parametrize("squared", [False, True])
def test_the_loss_is_zero_at_the_target_and_one_number_an_image(squared: bool) -> None:
    target = np.stack([make_centre_maps([(x, 3)], [1], (7, 12, 2)) for x in (2.5, 8)])
    loss = CentreMapLoss(squared)
    np.testing.assert_allclose(loss.call(target, target), [0, 0], atol=1e-4)
    worse = np.asarray(loss.call(target, np.full_like(target, 0.5)))
    assert worse.shape == (2,)
    assert (worse > 1).all()
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, CentreMapLoss)
    assert again.squared == squared
