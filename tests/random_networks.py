"""Random networks of all that has a receptive field: for tests that theory and probe agree."""

from typing import Any

import keras
import numpy as np
from keras import layers


def make_random_network(seed: int) -> tuple[keras.Model, tuple[int, int]]:
    """A small network of convolutions, pools, branches and enlargements, and a size to think of, not square."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(17, 60)), int(rng.integers(17, 90))
    start = keras.Input((*size, 1))
    x: Any = start
    for _ in range(int(rng.integers(3, 8))):
        x = _PARTS[rng.integers(len(_PARTS))](x, rng)
    return keras.Model(start, layers.Conv2D(2, 1, activation="sigmoid")(x)), size


def _pair(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    return int(rng.integers(low, high)), int(rng.integers(low, high))


def _convolve(x: Any, rng: np.random.Generator) -> Any:
    """Kernels even and odd, not square, 'same' or 'valid', with a stride or a dilation."""
    kernel, padding = _pair(rng, 1, 5), str(rng.choice(["same", "valid"]))
    kernel = tuple(min(k, n) for k, n in zip(kernel, x.shape[1:3], strict=True))
    if rng.random() < 0.3 and min(x.shape[1:3]) > 12:
        return layers.Conv2D(2, kernel, dilation_rate=_pair(rng, 1, 4), padding=padding, activation="relu")(x)
    stride = int(rng.integers(1, 3)) if min(x.shape[1:3]) > 8 else 1
    return layers.Conv2D(2, kernel, strides=stride, padding=padding, activation="relu")(x)


def _pool(x: Any, rng: np.random.Generator) -> Any:
    kind = layers.MaxPooling2D if rng.random() < 0.6 else layers.AveragePooling2D
    if min(x.shape[1:3]) <= 8:
        return x
    return kind(_pair(rng, 2, 4), strides=2, padding=str(rng.choice(["same", "valid"])))(x)


def _branch(x: Any, rng: np.random.Generator) -> Any:
    """Two ways of unlike reach, added, multiplied or side by side."""
    one = layers.ReLU()(layers.Conv2D(2, _pair(rng, 1, 6), padding="same")(x))
    two = layers.Conv2D(2, (1, 2), padding="same")(layers.MaxPooling2D(3, strides=1, padding="same")(x))
    join = (layers.Add, layers.Multiply, layers.Concatenate)[rng.integers(3)]
    return join()([one, two])


def _residual(x: Any, rng: np.random.Generator) -> Any:
    channels = x.shape[-1]
    return x + layers.Conv2D(channels, 3, padding="same")(layers.Conv2D(2, 3, padding="same", activation="relu")(x))


def _hourglass(x: Any, rng: np.random.Generator) -> Any:
    """Down, a convolution, up again, beside what was before."""
    factor = int(rng.integers(2, 4))
    inner = layers.Conv2D(2, 3, padding="same")(layers.MaxPooling2D(factor, padding="same")(x))
    up = layers.UpSampling2D(factor, interpolation=str(rng.choice(["nearest", "bilinear"])))(inner)
    rest = [up.shape[i] - x.shape[i] for i in (1, 2)]
    return layers.Concatenate()([layers.Cropping2D(((0, rest[0]), (0, rest[1])))(up), x])


def _transpose(x: Any, rng: np.random.Generator) -> Any:
    if max(x.shape[1:3]) > 40:
        return x
    return layers.Conv2DTranspose(2, _pair(rng, 2, 5), strides=2, padding=str(rng.choice(["same", "valid"])))(x)


def _pad(x: Any, rng: np.random.Generator) -> Any:
    padded = layers.ZeroPadding2D((_pair(rng, 0, 3), _pair(rng, 0, 3)))(x)
    return layers.DepthwiseConv2D(_pair(rng, 2, 4), padding="valid")(padded)


_PARTS = (_convolve, _convolve, _convolve, _pool, _branch, _residual, _hourglass, _transpose, _pad)
