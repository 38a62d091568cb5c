"""Which input pixels a cell of the maps can see at all, and how much: the spot of a constant-weight copy.

After M. Vedenev: all convolution weights 0.01, all biases 0. The spot of many such layers is nearly
Gaussian, and its support a square. Max-pools are taken as averages here, so that every pixel counts.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.inspection.gradients import make_gradient

if TYPE_CHECKING:
    import keras

LEVELS = (0.35, 0.03)  # of the maximum, where isolines are drawn
_LARGEST_CELLS = 256


@dataclass(frozen=True)
class Spot:
    """The weight of each pixel around a cell.

    Attributes:
        values: (height, width), 1 at the maximum.
        centre_px: x and y of the middle of the cell, in pixels of ``values``.
    """

    values: npt.NDArray[np.float64] = field(repr=False)
    centre_px: tuple[float, float]

    @property
    def support_px(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge of all that counts, from the middle of the cell."""
        rows, columns = np.flatnonzero(self.values.any(axis=1)), np.flatnonzero(self.values.any(axis=0))
        x, y = self.centre_px
        return columns[0] - 0.5 - x, rows[0] - 0.5 - y, columns[-1] + 0.5 - x, rows[-1] + 0.5 - y


def measure_spot(network: "keras.Model", stride: int) -> Spot:
    """The spot of a network of convolutions and pools, whatever its weights are."""
    gradient = make_gradient(_make_constant(network), _take_middle)
    cells = 32
    while True:
        ink = np.ones((1, cells * stride, cells * stride, network.input_shape[-1]), np.float32)
        values = np.abs(gradient(ink)[1][0]).sum(axis=-1).astype(np.float64)
        if cells >= _LARGEST_CELLS or not (values[0].any() or values[:, 0].any() or values[-1].any()):
            break
        cells *= 2
    middle = (cells // 2 + 0.5) * stride - 0.5
    return Spot(values / values.max(), (middle, middle))


def _take_middle(maps: Any, ink: Any) -> Any:
    from keras import ops

    _, rows, columns, _ = ops.shape(maps)
    return maps[:, rows // 2, columns // 2, :1]


def _make_constant(network: "keras.Model") -> "keras.Model":
    """A copy with weights of 0.01, biases of 0, averages for max-pools and no sigmoid at the end."""
    import keras

    def change(layer: Any) -> Any:
        config = layer.get_config()
        if isinstance(layer, keras.layers.MaxPooling2D):
            return keras.layers.AveragePooling2D.from_config(config)
        if "activation" in config:
            config["activation"] = "linear"
        return type(layer).from_config(config)

    copy = keras.models.clone_model(network, clone_function=change)
    copy.set_weights([np.full(w.shape, 0.01 if w.ndim > 1 else 0.0, np.float32) for w in copy.get_weights()])
    return copy
