"""What an architecture is, and the layers that architectures are built of. Keras 3, any backend.

A network takes ink, (batch, height, width, channels) with height and width multiples of its
stride, and gives centre maps, (batch, height / stride, width / stride, alphabet), float32.

There is no batch normalisation: on two cores it costs more time than it saves steps, and it lets
what an image is read as depend on what it was trained beside. Residual branches that start at
zero (Zhang et al., Fixup initialization, 2019) train as surely.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from fcn_captcha.model.dilated_convolution import DilatedConv2D
from fcn_captcha.model.loss import LastReLU

_RARE = -4.0  # logit at the start: most cells are no centre


@dataclass(frozen=True)
class Architecture:
    """A network's layers and how it is trained.

    Attributes:
        name: as of the flag ``--architecture``.
        build: from the layers to use and the ink to the centre maps.
        stride: pixels of the input to a cell of the maps.
        squared_error: whether the loss is that, for maps that end in a ReLU; otherwise the
            divergence for maps that end in a sigmoid.
        optimiser: 'muon' or 'adamw'.
        learning_rate: the highest, after the warm-up.
    """

    name: str
    build: "Callable[[Layers, Any], Any]"
    stride: int
    squared_error: bool
    optimiser: str
    learning_rate: float


class Layers:
    """Padded convolutions, pools and sums of one precision, whose weights follow from one seed."""

    def __init__(self, classes: int, policy: keras.DTypePolicy, seed: int) -> None:
        self._classes = classes
        self._policy = policy
        self._seeds: Iterator[int] = iter(range(1000 * seed, 1000 * seed + 1000))

    def convolve(self, x: Any, filters: int, size: int, dilation: int = 1, name: str | None = None) -> Any:
        """A convolution, whose weights may stand ``dilation`` cells apart, and a ReLU."""
        return self.relu(self.convolve_linearly(x, filters, size, dilation=dilation, name=name))

    def convolve_linearly(
        self, x: Any, filters: int, size: int, zero: bool = False, dilation: int = 1, name: str | None = None
    ) -> Any:
        """A convolution alone, whose weights may start at zero."""
        weights = keras.initializers.Zeros() if zero else keras.initializers.HeNormal(next(self._seeds))
        settings = {"padding": "same", "kernel_initializer": weights, "dtype": self._policy, "name": name}
        if dilation > 1:
            return DilatedConv2D(filters, size, dilation_rate=dilation, **settings)(x)
        convolution = layers.Conv2D(filters, size, **settings)
        return convolution(x)

    def relu(self, x: Any) -> Any:
        return layers.ReLU(dtype=self._policy)(x)

    def pool(self, x: Any) -> Any:
        """The largest of each 2×2."""
        return layers.MaxPooling2D(2, dtype=self._policy)(x)

    def add_pair(self, x: Any, filters: int, dilation: int = 1) -> Any:
        """A residual pair of 3×3 convolutions that starts as nothing; the first may be dilated."""
        branch = self.convolve_linearly(self.convolve(x, filters, 3, dilation), filters, 3, zero=True)
        return self.relu(layers.Add(dtype=self._policy)([x, branch]))

    def end_in_sigmoid(self, x: Any, size: int) -> Any:
        """Centre maps by a last convolution and a sigmoid."""
        return self._end(x, size, "centre_maps", "sigmoid", _RARE)

    def end_in_relu(self, x: Any, size: int) -> Any:
        """Centre maps by a last convolution and a ReLU."""
        return LastReLU(dtype="float32", name="centre_maps")(self._end(x, size, "last_convolution", None, 0.0))

    def _end(self, x: Any, size: int, name: str, activation: str | None, bias: float) -> Any:
        convolution = layers.Conv2D(
            self._classes,
            size,
            padding="same",
            activation=activation,
            kernel_initializer=keras.initializers.GlorotUniform(next(self._seeds)),
            bias_initializer=keras.initializers.Constant(bias),
            dtype="float32",
            name=name,
        )
        return convolution(x)
