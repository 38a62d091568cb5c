"""Inputs of any sizes to centre maps, whatever computes them."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fcn_captcha.maps import geometry

if TYPE_CHECKING:
    import keras

Maps = npt.NDArray[np.float32]
Predict = Callable[[Maps], Maps]
"""(batch, height, width, channels), height and width multiples of the stride, to (batch, height / stride, width /
stride, alphabet)."""

BATCH = 64  # images at once, at most
SMALL_BATCH = 4  # the same for ONNX Runtime, which is as quick with it, and several callers fit into the caches
_BATCH_PX = 2**21  # no batch holds more, so that memory has a bound


def make_input(inks: Sequence[Maps], stride: int, width_step_px: int = 1) -> Maps:
    """Inks of several sizes in one array (batch, height, width, channels), background to the right and below."""
    height = geometry.padded_size(max(ink.shape[0] for ink in inks), stride)
    width = geometry.padded_size(max(ink.shape[1] for ink in inks), max(stride, width_step_px))
    array = np.zeros((len(inks), height, width, inks[0].shape[2]), dtype=np.float32)
    for ink, place in zip(inks, array, strict=True):
        place[: ink.shape[0], : ink.shape[1]] = ink
    return array


def make_predict(network: "keras.Model") -> Predict:
    """The network as a plain function of arrays."""

    def predict(ink: Maps) -> Maps:
        return np.asarray(network.predict_on_batch(ink), dtype=np.float32)

    return predict


def predict_maps(predict: Predict, inks: Sequence[Maps], stride: int) -> list[Maps]:
    """Centre maps of each ink, (height / stride, width / stride, alphabet) in [0, 1], in order.

    All are held at once; for many inks see :func:`iterate_maps`.
    """
    maps = dict(iterate_maps(predict, inks, stride))
    return [maps[i] for i in range(len(inks))]


def iterate_maps(
    predict: Predict, inks: Sequence[Maps], stride: int, batch_size: int = BATCH
) -> Iterator[tuple[int, Maps]]:
    """The index of each ink and its centre maps as of :func:`predict_maps`, a batch held at a time.

    An ink is padded by its own size alone, and only inks of one padded size share a batch, so that no
    answer depends on what else is read; so they come in order of size.
    """
    by_size: dict[tuple[int, int], list[int]] = {}
    for index, ink in enumerate(inks):
        by_size.setdefault((round_size(ink.shape[0], stride), round_size(ink.shape[1], stride)), []).append(index)
    for (height, width), indices in by_size.items():
        step = max(1, min(batch_size, _BATCH_PX // (height * width)))
        for start in range(0, len(indices), step):
            group = indices[start : start + step]
            batch = np.zeros((len(group), height, width, inks[group[0]].shape[2]), np.float32)
            for place, index in zip(batch, group, strict=True):
                rows, columns, _ = inks[index].shape
                place[:rows, :columns] = inks[index]
            for index, maps in zip(group, predict(batch), strict=True):
                rows, columns = (geometry.padded_size(side, stride) // stride for side in inks[index].shape[:2])
                yield index, np.clip(maps[:rows, :columns], 0, 1)


def round_size(size_px: int, stride: int) -> int:
    """The padded size: a multiple of the stride at most an eighth larger, so that few sizes are met."""
    step = max(stride, 2 ** (size_px.bit_length() - 4) if size_px >= 16 else 1)
    return geometry.padded_size(size_px, geometry.padded_size(step, stride))
