"""The receptive field of a trained network: the mean absolute gradient of one output cell over real images.

A gradient says how much each pixel of one image could change a cell. Of many characters, each laid over the
others by its cell, it shows which pixels the network has learnt to use.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from fcn_captcha.data.samples import Sample
from fcn_captcha.inspection.gradients import make_gradient
from fcn_captcha.inspection.profile import ISOLINES, Profile, make_profile
from fcn_captcha.inspection.receptive_field import trace_fields
from fcn_captcha.maps import geometry
from fcn_captcha.maps.decoding import find_text
from fcn_captcha.maps.transform import Transform
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.prediction import make_predict, predict_maps

Array = npt.NDArray[np.float64]

_BATCH = 16  # gradients taken at once
_FEW = 20  # characters of a class, below which its own field is mostly noise
_SEEN = 0.1  # a pixel that lies in fewer of the images is left out: its mean is of border cases


@dataclass(frozen=True)
class Cell:
    """One character that a network sees: an ink, the cell of its peak, and the box around it.

    Attributes:
        ink: float32, (height, width, channels), the network's input.
        row, column, channel: of the centre maps.
        box_px: left, top, right and bottom edges in pixels of the ink, or None where unknown.
    """

    ink: npt.NDArray[np.float32] = field(repr=False)
    row: int
    column: int
    channel: int
    box_px: Array | None = None


@dataclass(frozen=True)
class TrainedField:
    """The mean absolute gradient of ``count`` characters, each scaled to a sum of 1.

    Attributes:
        values: (height, width), in input pixels, of the cell's field by theory; the sum is 1.
        smooth: the same after a blur of half the stride, from which the isolines are taken.
        box_px: width and height of the characters' usual box: nine tenths of them are smaller.
        share_inside: of the characters' boxes, the share of their area inside the 3 % line, on average.
    """

    count: int
    values: Array = field(repr=False)
    smooth: Array = field(repr=False)
    box_px: tuple[float, float]
    share_inside: float

    @property
    def across(self) -> Profile:
        return make_profile(self.values.sum(axis=0), 0)

    @property
    def down(self) -> Profile:
        return make_profile(self.values.sum(axis=1), 0)

    def find_isoline_px(self, level: float) -> tuple[int, int]:
        """Width and height of the line at ``level`` of the maximum."""
        inside = find_inside(self.smooth, level)
        return int(inside.any(axis=0).sum()), int(inside.any(axis=1).sum())

    def as_dict(self) -> dict[str, Any]:
        across, down = self.across.fit_gaussian(), self.down.fit_gaussian()
        record: dict[str, Any] = {"characters": self.count, "share_inside": round(self.share_inside, 4)}
        for place, (name, gaussian) in enumerate((("width", across), ("height", down))):
            levels = [self.find_isoline_px(level)[place] for level in ISOLINES]
            record[name] = {
                "sigma_px": round(gaussian.sigma_px, 3),
                "level_35_px": levels[0],
                "level_3_px": levels[1],
                "box_px": round(self.box_px[place], 1),
            }
        return record


def find_inside(values: Array, level: float) -> npt.NDArray[np.bool_]:
    """Where ``values`` reach ``level`` of their maximum, in one piece with it."""
    pieces, _ = ndimage.label(values >= level * values.max())
    return np.asarray(pieces == pieces[np.unravel_index(values.argmax(), values.shape)])


def find_cells(network: keras.Model, config: ModelConfig, samples: Iterable[Sample], most: int = 200) -> list[Cell]:
    """The characters that the network reads in some images, up to ``most`` of them.

    A box is the sample's, where it knows boxes and is read rightly; otherwise it reaches half-way to the
    neighbours, and up and down as far as there is ink.
    """
    predict, cells = make_predict(network), []
    for sample in samples:
        ink, to_ink = config.preprocess.apply(sample.image)
        peaks = find_text(predict_maps(predict, [ink], config.stride)[0], config.options)
        text = config.alphabet.decode(peaks.channels)
        known = sample.boxes if text == sample.text else None
        boxes = find_boxes(ink, peaks.cells, config.stride) if known is None else _move(known, to_ink)
        for (x, y), channel, box in zip(peaks.cells, peaks.channels, boxes, strict=True):
            cells.append(Cell(ink, round(float(y)), round(float(x)), int(channel), box))
        if len(cells) >= most:
            break
    return cells[:most]


def find_boxes(ink: npt.NDArray[np.float32], cells: npt.ArrayLike, stride: int) -> list[Array]:
    """Left, top, right and bottom edges around each peak, (x, y) in cells from left to right."""
    points = geometry.cells_to_pixels(np.reshape(cells, (-1, 2)), stride)
    if not len(points):
        return []
    columns, height = points[:, 0], ink.shape[0]
    between = (columns[1:] + columns[:-1]) / 2
    outer = np.median(np.diff(columns)) / 2 if len(columns) > 1 else height / 2
    edges = np.clip([columns[0] - outer, *between, columns[-1] + outer], -0.5, ink.shape[1] - 0.5)
    boxes = []
    for left, right in pairwise(edges):
        strip = ink[:, max(0, round(left)) : max(1, round(right)), :]
        rows = np.flatnonzero((strip > 0.5).any(axis=(1, 2)))
        top, bottom = (rows[0] - 0.5, rows[-1] + 0.5) if len(rows) else (-0.5, height - 0.5)
        boxes.append(np.array([left, top, right, bottom]))
    return boxes


def _move(boxes: Array, to_ink: Transform) -> list[Array]:
    return list(to_ink.apply(boxes.reshape(-1, 2)).reshape(-1, 4))


def measure_trained(network: keras.Model, cells: Sequence[Cell]) -> TrainedField:
    """The mean absolute gradient of some cells by what they see.

    Raises ``ValueError`` where there is no cell, or where no gradient reaches any.
    """
    if not cells:
        raise ValueError("cells: at least one character is needed, got none: the model reads nothing in these images")
    last = trace_fields(network)[-1]
    stride = int(last.width.stride_px)
    shape = last.height.size_px, last.width.size_px
    total, seen = np.zeros(shape), np.zeros(shape)
    boxes, count = [], 0
    for cell, gradient in zip(cells, _iterate_gradients(network, cells, stride), strict=True):
        start = last.height.see(cell.row)[0], last.width.see(cell.column)[0]
        crop, inside = _cut(np.abs(gradient).sum(axis=2), start, shape)
        if crop.sum() == 0:
            continue
        total += crop / crop.sum()
        seen += inside
        count += 1
        if cell.box_px is not None:
            boxes.append(cell.box_px - np.tile(start[::-1], 2))
    if not count:
        raise ValueError("cells: no gradient reaches any of the characters")
    values = np.where(seen >= _SEEN * count, total / np.maximum(seen, 1), 0)
    values /= values.sum()
    smooth = ndimage.gaussian_filter(values, stride / 2)
    sizes = np.array([box[2:] - box[:2] for box in boxes]).reshape(-1, 2)
    usual = np.quantile(sizes, 0.9, axis=0) if len(boxes) else (0.0, 0.0)
    line = find_inside(smooth, ISOLINES[1])
    shares = [_find_share(line, box) for box in boxes]
    return TrainedField(
        count, values, smooth, (float(usual[0]), float(usual[1])), float(np.mean(shares)) if shares else float("nan")
    )


def measure_classes(network: keras.Model, config: ModelConfig, cells: Sequence[Cell]) -> dict[str, TrainedField]:
    """The same for each character of the alphabet of which there are twenty or more."""
    groups: dict[int, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.channel, []).append(cell)
    enough = {channel: group for channel, group in sorted(groups.items()) if len(group) >= _FEW}
    return {config.alphabet.decode(np.array([c])): measure_trained(network, group) for c, group in enough.items()}


def _iterate_gradients(network: keras.Model, cells: Sequence[Cell], stride: int) -> Iterable[Array]:
    """Of each cell by its ink, (height, width, channels), padding included."""
    gradient, maps = make_gradient(network, _weigh), network.output_shape[-1]
    height = geometry.padded_size(max(cell.ink.shape[0] for cell in cells), stride)
    width = geometry.padded_size(max(cell.ink.shape[1] for cell in cells), stride)
    for begin in range(0, len(cells), _BATCH):
        group = cells[begin : begin + _BATCH]
        inks = np.zeros((_BATCH, height, width, group[0].ink.shape[2]), dtype=np.float32)
        weights = np.zeros((_BATCH, *network.compute_output_shape(inks.shape)[1:3], maps), dtype=np.float32)
        for i, cell in enumerate(group):
            inks[i, : cell.ink.shape[0], : cell.ink.shape[1]] = cell.ink
            weights[i, cell.row, cell.column, cell.channel] = 1
        yield from gradient(inks, weights)[1].astype(np.float64)[: len(group)]


def _weigh(maps: Any, ink: Any, weights: Any) -> Any:
    """The sum of weights times maps of each image, (batch, 1)."""
    return keras.ops.sum(maps * weights, axis=(1, 2, 3))[:, None]


def _cut(values: Array, start: tuple[int, int], shape: tuple[int, int]) -> tuple[Array, Array]:
    """``values`` from ``start`` on, (rows, columns), 0 beyond its border; and 1 where there are any."""
    cut, inside = np.zeros(shape), np.zeros(shape)
    top, left = max(0, -start[0]), max(0, -start[1])
    piece = values[max(0, start[0]) : start[0] + shape[0], max(0, start[1]) : start[1] + shape[1]]
    cut[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
    inside[top : top + piece.shape[0], left : left + piece.shape[1]] = 1
    return cut, inside


def _find_share(inside: npt.NDArray[np.bool_], box: Array) -> float:
    """Of the pixels whose middle lies in the box (its edges relative to ``inside``), the share that is inside."""
    left, top, right, bottom = np.ceil(box).astype(int)
    columns, rows = np.arange(left, max(right, left + 1)), np.arange(top, max(bottom, top + 1))
    kept = [axis[(axis >= 0) & (axis < size)] for axis, size in zip((rows, columns), inside.shape, strict=True)]
    return float(inside[np.ix_(*kept)].sum() / (len(rows) * len(columns)))
