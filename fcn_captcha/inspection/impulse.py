"""The receptive field by experiment: all convolution weights 0.01, biases 0, one bright pixel in an input of zeros.

As M. Vedenev describes it. What comes out is a spot: a square, as far as any path through the kernels leads,
and within it nearly a Gaussian, because the paths add up like the sum of so many random steps.

A network of stride 4 answers differently as the pixel lies first, second, ... in a cell. So each place is
tried, and the answers are put together to what one cell sees of every input pixel. A max-pool keeps the
largest of each square, so an impulse fills the whole square wherever in it it lies: the support is right, but
the weights don't add up, and the profile has steps. What a trained network passes back goes to one pixel of
the square, now this, now that: to their mean, which adds up and has the same support. So the support is
measured with the max-pools in place, and the Gaussian with means instead (it is a hundredth narrower).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

from fcn_captcha.inspection.axis_field import AxisField
from fcn_captcha.inspection.profile import Array, Profile, make_profile
from fcn_captcha.inspection.receptive_field import find_input_shape, find_tensors, trace_fields, walk
from fcn_captcha.inspection.windows import CONVOLUTIONS, find_kind

WEIGHT = 0.01


@dataclass(frozen=True)
class Impulse:
    """What the cells of the output see along one axis, by experiment.

    Attributes:
        supports: for each cell of a period the profile with max-pools in place.
        profile: of the cell that sees most, with the mean instead.
    """

    supports: tuple[Profile, ...]
    profile: Profile

    @property
    def support_px(self) -> int:
        return max(profile.support_px for profile in self.supports)


def measure_impulse(network: keras.Model, size_px: tuple[int, int] | None = None) -> tuple[Impulse, Impulse]:
    """Down and across, in input pixels.

    A bright line is tried instead of a pixel at each height: with means it is what those add up to, with
    max-pools it is bright wherever one of them is. So what comes out is of all rows, or columns, together.

    Args:
        network: as of :func:`~fcn_captcha.inspection.receptive_field.trace_fields`; it stays as it is.
        size_px: height and width that the input is thought to have, as there.
    """
    fields = _trace_axes(network, size_px)
    supports, means = (
        [_measure_axis(probe, fields, axis) for axis in (0, 1)]
        for probe in (_make_probe(network, size_px, fields, mean_pools) for mean_pools in (False, True))
    )
    down, across = (
        Impulse(every, max(profiles, key=lambda profile: profile.support_px))
        for every, profiles in zip(supports, means, strict=True)
    )
    return down, across


def measure_spot(network: keras.Model, size_px: tuple[int, int] | None = None, mean_pools: bool = False) -> Array:
    """The answer to one bright pixel in the middle: (rows, columns) of output cells, largest value 1."""
    probe = _make_probe(network, size_px, _trace_axes(network, size_px), mean_pools)
    ink = np.zeros((1, *probe.shape))
    ink[0, probe.start[0], probe.start[1]] = 1
    spot = probe.predict(ink)[0]
    return np.asarray(spot / spot.max())


@dataclass(frozen=True)
class _Probe:
    """A network to try, the shape of its input, so large that no border matters, and where to put the pixel."""

    network: keras.Model
    shape: tuple[int, int, int]
    start: tuple[int, int]

    def predict(self, ink: Array) -> Array:
        """(batch, rows, columns), all channels together."""
        with _double_precision():
            maps = keras.ops.convert_to_numpy(self.network(ink, training=False))
        return np.asarray(maps.sum(axis=3), dtype=np.float64)


def _measure_axis(probe: _Probe, fields: tuple[AxisField, AxisField], axis: int) -> tuple[Profile, ...]:
    """For each cell of a period the weight of every pixel, put together from the answers to a line at each place."""
    field, other = fields[axis], fields[1 - axis]
    answers = []
    for place in range(field.advance_px):
        ink = np.zeros((1, *probe.shape))
        np.moveaxis(ink, 1 + axis, 0)[probe.start[axis] + place] = 1
        answer = np.moveaxis(probe.predict(ink)[0], axis, 0)
        middle = answer.shape[1] // 2 // other.period * other.period
        answers.append(answer[:, middle : middle + other.period].sum(axis=1))
    profiles = []
    for phase in range(field.period):
        cells = np.array([answer[phase :: field.period] for answer in answers])  # (place, turn)
        # Seen from cell 0, a pixel lies an advance further back with every turn.
        first = probe.start[axis] - (cells.shape[1] - 1) * field.advance_px
        profiles.append(make_profile(cells[:, ::-1].T.ravel(), first))
    return tuple(profiles)


def _trace_axes(network: keras.Model, size_px: tuple[int, int] | None) -> tuple[AxisField, AxisField]:
    last = trace_fields(network, size_px)[-1]
    return last.height, last.width


def _make_probe(
    network: keras.Model, size_px: tuple[int, int] | None, fields: tuple[AxisField, AxisField], mean_pools: bool
) -> _Probe:
    height, width, channels = find_input_shape(network, size_px)
    down, across = (_find_side(size, field) for size, field in zip((height, width), fields, strict=True))
    shape = down[0], across[0], channels

    def call(layer: Any, *arguments: Any, **_: Any) -> Any:
        tensors = find_tensors(arguments)
        if isinstance(layer, keras.Model):
            return walk(layer, tensors[0], call)
        kind = find_kind(layer)
        if kind == "window":
            return _make_constant(layer, mean_pools)(tensors[0])
        if kind == "pointwise" or len(tensors) == 1:
            return tensors[0]  # what goes through is positive, so a ReLU does nothing
        join = layers.Concatenate if kind == "concatenate" else layers.Add
        return join(dtype="float64")(tensors)

    with _double_precision():
        begin = keras.Input(shape, dtype="float64")
        probe = keras.Model(begin, walk(network, begin, call))
        probe.set_weights([np.full(weight.shape, WEIGHT) for weight in probe.weights])
    return _Probe(probe, shape, (down[1], across[1]))


def _make_constant(layer: Any, mean_pools: bool) -> Any:
    """A copy of a layer that looks through a window, linear and without bias."""
    config = {**layer.get_config(), "dtype": "float64"}
    del config["name"]
    if isinstance(layer, layers.MaxPooling2D) and mean_pools:
        return layers.AveragePooling2D.from_config(config)
    if isinstance(layer, (*CONVOLUTIONS, layers.Conv2DTranspose)):
        config |= {"activation": None, "use_bias": False}
    return type(layer).from_config(config)


def _find_side(size: int | None, field: AxisField) -> tuple[int, int]:
    """An input's side and where in it to put the pixel.

    The side leaves the same rest as ``size`` when divided by any stride, so that 'same' pads alike.
    """
    advance = field.advance_px
    turns = -(-field.size_px // advance) + -(-abs(field.offset_px) // advance) + 2
    return (size or 0) % advance + 2 * turns * advance, turns * advance


@contextmanager
def _double_precision() -> Iterator[None]:
    """JAX computes in float32 unless told otherwise; the corners of a deep network's spot are below its range."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    with jax.enable_x64(True):
        yield
