"""The network: architectures and loss. Keras 3, any backend.

A network takes ink, (batch, height, width, channels) with height and width multiples of its
stride, and gives centre maps, (batch, height / stride, width / stride, alphabet), float32.

There is no batch normalisation: on two cores it costs more time than it saves steps, and it lets
what an image is read as depend on what it was trained beside. Residual branches that start at
zero (Zhang et al., Fixup initialization, 2019) train as surely.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

PRECISIONS = ("float32", "bfloat16")
_RARE = -4.0  # logit at the start: most cells are no centre


def make_network(
    architecture: str, channels: int, classes: int, precision: str = "float32", seed: int = 0
) -> keras.Model:
    """A network with fresh weights.

    Args:
        architecture: a name in :data:`ARCHITECTURES`.
        channels: of the input.
        classes: characters of the alphabet, one centre map each.
        precision: 'bfloat16' computes all but the last layer in it; weights stay float32.
        seed: of the weights.

    Raises ``ValueError`` for an unknown architecture or precision.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture: one of {', '.join(ARCHITECTURES)} is needed, got {architecture!r}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision: one of {', '.join(PRECISIONS)} is needed, got {precision!r}")
    policy = keras.DTypePolicy("float32" if precision == "float32" else "mixed_bfloat16")
    seeds = iter(range(1000 * seed, 1000 * seed + 1000))

    ink = keras.Input((None, None, channels), name="ink")

    def convolve(x: Any, filters: int, size: int, relu: bool = True, zero: bool = False) -> Any:
        weights = keras.initializers.Zeros() if zero else keras.initializers.HeNormal(next(seeds))
        name = "first_convolution" if x is ink else None
        x = layers.Conv2D(filters, size, padding="same", kernel_initializer=weights, dtype=policy, name=name)(x)
        return layers.ReLU(dtype=policy)(x) if relu else x

    def end(x: Any, size: int, relu: bool = False) -> Any:
        bias = keras.initializers.Constant(0.0 if relu else _RARE)
        x = layers.Conv2D(
            classes,
            size,
            padding="same",
            activation=None if relu else "sigmoid",
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
            bias_initializer=bias,
            dtype="float32",
            name="last_convolution" if relu else "centre_maps",
        )(x)
        return LastReLU(dtype="float32", name="centre_maps")(x) if relu else x

    def pool(x: Any) -> Any:
        return layers.MaxPooling2D(2, dtype=policy)(x)

    def add(x: Any, y: Any) -> Any:
        return layers.ReLU(dtype=policy)(layers.Add(dtype=policy)([x, y]))

    return keras.Model(ink, ARCHITECTURES[architecture](ink, convolve, pool, add, end), name=architecture)


def _classic(x: Any, convolve: Any, pool: Any, add: Any, end: Any) -> Any:
    """The one this project descends from, as M. Vedenev described it in "Deep learning neural networks easily
    recognize text captchas": convolutions, a ReLU after each, two max-pools, nothing else, trained by Adam."""
    x = pool(convolve(x, 16, 5))
    x = pool(convolve(convolve(x, 32, 3), 32, 5))
    for _ in range(4):
        x = convolve(x, 64, 5)
    return end(x, 5, relu=True)


def _residual(x: Any, convolve: Any, pool: Any, add: Any, end: Any) -> Any:
    """The default: all convolutions 3×3, three residual pairs at the output's resolution."""
    x = pool(convolve(x, 16, 3))
    x = pool(convolve(convolve(x, 32, 3), 32, 3))
    x = convolve(x, 64, 3)
    for _ in range(3):
        x = add(x, convolve(convolve(x, 64, 3), 64, 3, relu=False, zero=True))
    return end(x, 1)


@keras.saving.register_keras_serializable("fcn_captcha")
class LastReLU(layers.Layer):  # type: ignore[misc]
    """A ReLU whose gradient is 1 everywhere (straight-through; Bengio et al., 2013).

    Almost all of a centre map is 0, so an ordinary ReLU at the end dies within an epoch: a map that
    is dark everywhere has no gradient left that could light it. With squared error this one has
    none just where the map is dark and should be.
    """

    def call(self, x: Any) -> Any:
        return x + ops.stop_gradient(ops.relu(x) - x)


ARCHITECTURES: dict[str, Callable[..., Any]] = {"classic": _classic, "residual": _residual}
LEARNING_RATES = {"classic": 1e-3, "residual": 3e-3}
OPTIMISER_NAMES = {"classic": "adamw", "residual": "muon"}


@keras.saving.register_keras_serializable("fcn_captcha")
class CentreMapLoss(keras.losses.Loss):  # type: ignore[misc]
    """How far centre maps are from what they should be, summed over an image: shape (batch,). 0 is perfect.

    Args:
        squared: squared error, for maps that end in a ReLU. Otherwise, for a sigmoid, the
            Kullback-Leibler divergence of the target from the map, cell by cell: the cross-entropy
            less the target's own entropy.
    """

    def __init__(self, squared: bool = False, name: str = "centre_map_loss") -> None:
        super().__init__(name=name, reduction="sum_over_batch_size")
        self.squared = squared

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if self.squared:
            return ops.sum(ops.square(y_true - y_pred), axis=(1, 2, 3))
        true = ops.clip(y_true, 1e-7, 1 - 1e-7)
        read = ops.clip(y_pred, 1e-7, 1 - 1e-7)
        divergence = true * ops.log(true / read) + (1 - true) * ops.log((1 - true) / (1 - read))
        return ops.sum(divergence, axis=(1, 2, 3))

    def get_config(self) -> dict[str, Any]:
        return {"squared": self.squared, "name": self.name}


def make_loss(network: keras.Model) -> CentreMapLoss:
    """The loss that fits what the network ends in."""
    return CentreMapLoss(squared=isinstance(network.layers[-1], LastReLU))
