"""How each kind of Keras layer looks at its input: through a window, cell by cell, or at several maps at once."""

from collections.abc import Callable, Iterable
from math import floor
from typing import Any

from keras import layers

from fcn_captcha.inspection.axis_field import Window
from fcn_captcha.model.loss import LastReLU

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
POOLS = (layers.MaxPooling2D, layers.AveragePooling2D)
_WITH_WINDOW = (
    *CONVOLUTIONS,
    *POOLS,
    layers.Conv2DTranspose,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
    layers.Cropping2D,
)
_POINTWISE = (
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.PReLU,
    layers.ELU,
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.BatchNormalization,
    layers.Identity,
    layers.Rescaling,
    LastReLU,
)
_ALONG_CHANNELS = (layers.Softmax, layers.LayerNormalization, layers.UnitNormalization, layers.Concatenate)
_MERGES = (layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum)
# What is written as x + y or keras.ops.relu(x) is no layer; it goes by the name of its class.
_POINTWISE_OPERATIONS = ("Relu", "Relu6", "LeakyRelu", "Elu", "Gelu", "Silu", "Sigmoid", "Tanh", "Softplus", "Identity")
_MERGE_OPERATIONS = ("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum", "Concatenate")


def find_kind(layer: Any) -> str:
    """'window', 'pointwise' (a cell looks at the one in its place), 'merge' or 'concatenate'.

    Raises ``ValueError``, naming the layer, for one that is not known or looks at the whole input.
    """
    if isinstance(layer, _ALONG_CHANNELS) and layer.axis not in (-1, 3, [-1], [3], (-1,), (3,)):
        raise _refuse(layer, f"an axis of -1, the channels, is needed, got {layer.axis}")
    if getattr(layer, "data_format", "channels_last") not in (None, "channels_last"):
        raise _refuse(layer, "its data_format must be channels_last")
    if isinstance(layer, layers.Concatenate):
        return "concatenate"
    for kind, known in (("window", _WITH_WINDOW), ("merge", _MERGES), ("pointwise", (*_POINTWISE, *_ALONG_CHANNELS))):
        if isinstance(layer, known):
            return kind
    if not isinstance(layer, layers.Layer):
        name = type(layer).__name__
        if name in _MERGE_OPERATIONS:
            return "concatenate" if name == "Concatenate" else "merge"
        if name in _POINTWISE_OPERATIONS:
            return "pointwise"
    raise _refuse(layer, "it is not known what its cells see; convolutions, pools and what acts cell by cell are")


def find_window(layer: Any, axis: int, size: int | None) -> Window:
    """The window of a layer of the kind 'window'.

    Args:
        layer: of Keras.
        axis: 0 down, 1 across.
        size: of the layer's input along the axis, which decides how much padding 'same' puts before it. Where
            it is None it counts as a multiple of the layer's stride.
    """
    if isinstance(layer, layers.ZeroPadding2D):
        return _shift(-layer.padding[axis][0])
    if isinstance(layer, layers.Cropping2D):
        return _shift(layer.cropping[axis][0])
    if isinstance(layer, layers.UpSampling2D):
        return _enlarge(layer, layer.size[axis])
    kernel = (layer.pool_size if isinstance(layer, POOLS) else layer.kernel_size)[axis]
    stride, dilation = layer.strides[axis], _find_dilation(layer, axis)
    reach = dilation * (kernel - 1) + 1
    taps = [dilation * tap for tap in range(kernel)]
    if isinstance(layer, layers.Conv2DTranspose):
        if reach < stride or layer.output_padding is not None:
            raise _refuse(layer, "a kernel of at least its stride and no output_padding are needed")
        before = max(reach - stride, 0) // 2 if layer.padding == "same" else 0
        return Window(_look_back(taps, stride, before), stride, 1)
    before = _pad_before(reach, stride, size) if layer.padding == "same" else 0
    return Window(lambda k: [k * stride - before + tap for tap in taps], 1, stride)


def _find_dilation(layer: Any, axis: int) -> int:
    rate = getattr(layer, "dilation_rate", 1)
    return int(rate if isinstance(rate, int) else rate[axis])


def _pad_before(reach: int, stride: int, size: int | None) -> int:
    """Of 'same': as little padding as gives a cell for every begun stride, the odd pixel at the end."""
    last = stride if size is None else size - (-(-size // stride) - 1) * stride
    return max(reach - last, 0) // 2


def _shift(cells: int) -> Window:
    return Window(lambda k: [k + cells])


def _look_back(taps: list[int], stride: int, before: int) -> Callable[[int], Iterable[int]]:
    return lambda k: [(k + before - tap) // stride for tap in taps if (k + before - tap) % stride == 0]


def _enlarge(layer: Any, factor: int) -> Window:
    if layer.interpolation == "nearest":
        return Window(lambda k: [k // factor], factor, 1)
    if layer.interpolation != "bilinear":
        raise _refuse(layer, f"an interpolation of nearest or bilinear is needed, got {layer.interpolation}")

    def look(k: int) -> list[int]:
        doubled = 2 * k + 1 - factor  # 2 · factor times the place in the input
        low = floor(doubled / (2 * factor))
        return [low] if doubled % (2 * factor) == 0 else [low, low + 1]

    return Window(look, factor, 1)


def _refuse(layer: Any, rule: str) -> ValueError:
    return ValueError(f"layer {layer.name!r} ({type(layer).__name__}): {rule}")
