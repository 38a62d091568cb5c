"""Lines of text bent to an arc or an S by known amounts: what straightening is measured on."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.turned_lines import CAPITALS, LEVEL, Pixels, add_clutter, set_line, turn
from fcn_captcha.data.samples import Sample
from fcn_captcha.maps import geometry
from fcn_captcha.synthesis import find_generator, stream

SHAPES = ("straight", "arc", "S")
KINDS = ("set, capitals", "coalesced")
_RISES = {  # of a line from -1 to 1 whose greatest distance from its chord is 1, and their derivatives
    "straight": ((0.0,), (0.0,)),
    "arc": ((0.0, 0.0, 1.0), (0.0, 2.0)),
    "S": ((0.0, -2.598, 0.0, 2.598), (-2.598, 0.0, 7.794)),
}
_SAGITTAS = {"straight": (0.0, 0.0), "arc": (0.04, 0.14), "S": (0.02, 0.06)}  # in lengths of the text: up to 30° steep
_ROUNDS = 20

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bent:
    """An image with the truth.

    Attributes:
        image: uint8, (height, width, 3), RGB.
        midline: (n, 2), points on the line through the middle of the text, from its first to its last ink.
        centres: (n, 2), of the characters' boxes.
        height_px: mean height of the characters.
    """

    image: Pixels
    midline: Array
    centres: Array
    height_px: float


@dataclass(frozen=True)
class Bend:
    """Level text laid along a line, its characters upright on it.

    What was at (s, t) lies t - ``level`` from the line's point at x = s, along the line's normal.
    """

    shape: str
    sagitta_px: float
    middle: float
    half: float
    level: float

    def find_rise(self, x: Array) -> tuple[Array, Array]:
        """By how much the line lies lower than it was at each x, and its slope."""
        place = np.clip((x - self.middle) / self.half, -1.3, 1.3)
        rise, slope = (np.polynomial.polynomial.polyval(place, c) for c in _RISES[self.shape])
        return np.asarray(self.sagitta_px * rise), np.asarray(self.sagitta_px / self.half * slope)

    def carry(self, points: Array) -> Array:
        s, t = points.T
        rise, slope = self.find_rise(s)
        off = (t - self.level) / np.hypot(1, slope)
        return np.column_stack([s - off * slope, self.level + rise + off])

    def find_source(self, points: Array) -> Array:
        """The inverse, by fixed-point iteration for the foot of the normal through each point."""
        x, y = points.T
        s = x
        for _ in range(_ROUNDS):
            rise, slope = self.find_rise(s)
            s = x + (y - self.level - rise) * slope
        rise, slope = self.find_rise(s)
        return np.column_stack([s, self.level + (y - self.level - rise) * np.hypot(1, slope)])


def bend(sample: Sample, shape: str, lengths: float, angle_deg: float) -> Bent:
    """The text bent by so much of its length, downwards at its ends, then turned."""
    assert sample.boxes is not None
    boxes = sample.boxes
    height, width = sample.image.shape[:2]
    text_height = float((boxes[:, 3] - boxes[:, 1]).mean())
    first, last = float(boxes[:, 0].min()), float(boxes[:, 2].max())
    level = float((boxes[:, 1] + boxes[:, 3]).mean() / 2)
    bent = Bend(shape, lengths * (last - first), (first + last) / 2, (last - first) / 2, level)
    room = round(1.3 * abs(bent.sagitta_px)) + 8
    places = np.indices((width, height + 2 * room)).T.reshape(-1, 2) - np.array([0, room])
    x, y = bent.find_source(places.astype(np.float64)).T.reshape(2, height + 2 * room, width).astype(np.float32)
    ground = np.median(sample.image.reshape(-1, 3), axis=0).tolist()
    image = cv2.remap(sample.image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=ground)
    turned, matrix = turn(np.asarray(image, np.uint8), angle_deg)
    straight = np.column_stack([np.linspace(first, last, 50), np.full(50, level)])
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    midline, centres = (geometry.apply_affine(matrix, bent.carry(p) + np.array([0, room])) for p in (straight, centres))
    return Bent(turned, midline, centres, text_height)


def draw_bent(kind: str, shape: str, count: int, seed: int, clutter: bool = True) -> Iterator[Bent]:
    """So many images of one of :data:`KINDS`, bent up or down as :data:`SHAPES` say, turned by up to 15°."""
    drawn = stream(find_generator("coalesced", {**LEVEL, "alphabet": CAPITALS}), seed) if kind == "coalesced" else None
    for number in range(count):
        rng = np.random.default_rng((seed, number, 11))
        sample = next(drawn) if drawn else set_line(CAPITALS, rng)
        lengths = float(rng.uniform(*_SAGITTAS[shape]) * rng.choice([-1, 1]))
        line = bend(sample, shape, lengths, float(rng.uniform(-15, 15)))
        image = add_clutter(line.image, rng) if clutter else line.image
        yield Bent(image, line.midline, line.centres, line.height_px)
