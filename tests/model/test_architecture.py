from typing import Any

import keras
import numpy as np
import pytest

from fcn_captcha.model import architectures
from fcn_captcha.model.architectures import ARCHITECTURES, find_architecture
from fcn_captcha.model.architectures.architecture import Architecture, Layers
from fcn_captcha.model.network import make_network

FLOAT = keras.DTypePolicy("float32")


def build(make: Any, channels: int = 3, seed: int = 0, policy: keras.DTypePolicy = FLOAT) -> keras.Model:
    """The network that ``make`` makes of layers and an input."""
    given = keras.Input((None, None, channels))
    return keras.Model(given, make(Layers(5, policy, seed), given))


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_a_residual_pair_starts_as_a_relu_alone() -> None:
    x = draw(1, 6, 9, 3)
    network = build(lambda layers, given: layers.add_pair(given, 3))
    np.testing.assert_allclose(network(x), np.maximum(x, 0), atol=1e-6)
    assert any(weights.any() for weights in network.get_weights()), "its first convolution is not zero, so it learns"


def test_padding_keeps_the_size_and_a_pool_takes_the_largest_of_four() -> None:
    x = draw(2, 6, 10, 3)
    assert build(lambda layers, given: layers.convolve(given, 7, 5))(x).shape == (2, 6, 10, 7)
    pooled = np.asarray(build(lambda layers, given: layers.pool(given))(x))
    np.testing.assert_array_equal(pooled, x.reshape(2, 3, 2, 5, 2, 3).max(axis=(2, 4)))


@pytest.mark.parametrize(("end", "start"), [("end_in_sigmoid", 1 / (1 + np.exp(4))), ("end_in_relu", 0.0)])
def test_both_ends_start_dark_and_give_a_map_a_class_in_float32(end: str, start: float) -> None:
    half = keras.DTypePolicy("mixed_bfloat16")
    network = build(lambda layers, given: getattr(layers, end)(layers.convolve(given, 4, 3), 1), policy=half)
    maps = network(np.zeros((1, 3, 7, 3), np.float32))
    assert keras.backend.standardize_dtype(maps.dtype) == "float32"
    np.testing.assert_allclose(maps, np.full((1, 3, 7, 5), start), atol=1e-6)
    assert network.layers[-1].name == "centre_maps"


def test_weights_follow_from_the_seed_and_no_two_layers_share_them() -> None:
    def make(layers: Layers, given: Any) -> Any:
        return layers.convolve_linearly(layers.convolve_linearly(given, 3, 3), 3, 3)

    first, again, other = (build(make, seed=seed).get_weights() for seed in (1, 1, 2))
    kernels = first[0], first[2]
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (kernels[0] != other[0]).any()
    assert (kernels[0] != kernels[1]).any()


def test_a_new_architecture_is_one_entry_and_may_have_a_stride_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def build_tiny(layers: Layers, ink: Any) -> Any:
        x = layers.pool(layers.convolve(ink, 4, 3, name="first_convolution"))
        return layers.end_in_sigmoid(x, 1)

    tiny = Architecture("tiny", build_tiny, stride=2, squared_error=False, optimiser="adamw", learning_rate=1e-3)
    monkeypatch.setitem(architectures.ARCHITECTURES, tiny.name, tiny)
    assert find_architecture("tiny") is tiny
    assert make_network("tiny", 1, 9)(np.zeros((1, 6, 14, 1), np.float32)).shape == (1, 3, 7, 9)


def test_what_is_registered_is_found_by_its_name_and_nothing_else() -> None:
    for name, architecture in ARCHITECTURES.items():
        assert find_architecture(name) is architecture
        assert architecture.name == name
    with pytest.raises(ValueError, match="architecture: one of dilated, residual, classic is needed, got 'resnet'"):
        find_architecture("resnet")
