"""One line of touching and overlapping characters, wavy and in perspective, as free mail services drew them."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import cos, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.console.options import setting
from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis.fonts import find_fonts, render_glyph
from fcn_captcha.synthesis.strings import check_settings, draw_string
from fcn_captcha.synthesis.warp import Warp

_SIZES = (44, 50, 56)  # pixels an em before the line is fitted into the image
_VARIANTS = 48  # of each character in each font; all other changes are made to the line
_TALL = 96  # of the line's strip in pixels
_INK = 100  # of 255; what counts as ink where characters touch
_MARGIN_PX = 3
_STEEPEST = 0.14  # of its length, a wave's amplitude in a small image; a warp must not fold


@dataclass(frozen=True)
class Tile:
    """A character ready to be set: leaning, turned, light or bold.

    Attributes:
        ink: uint8, (height, width), all of it that is more than 0.
        top: row of the line's strip that it starts at.
        left, right: first and last column of ink in each row of the strip; far away where there is none.
        points: (n, 2), the middle of the glyph's box and then its convex hull, x from the tile's and
            y from the strip's edge.
    """

    ink: npt.NDArray[np.uint8]
    top: int
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    points: npt.NDArray[np.float64]


_FAR = 10_000


@dataclass(frozen=True)
class Coalesced:
    """Draws such images; call it with a ``numpy.random.Generator``.

    Raises ``ValueError``, naming the setting, the rule and the value.
    """

    length: str = setting("6-8", "characters an image: 5, or 4-6")
    alphabet: str = setting("abcdefghijklmnopqrstuvwxyz", "characters to draw from")
    width: int = setting(200, "of an image in pixels")
    height: int = setting(70, "of an image in pixels")
    fonts: str = setting(
        "DejaVuSans,DejaVuSans-Bold,DejaVuSerif,DejaVuSerif-Bold,Caladea-Bold,Caladea-Regular,"
        "SourceSansPro-Semibold,SourceSerifPro-Semibold,Manrope-Bold,FredokaOne-Regular,DroidSansMono",
        "font files or names, separated by commas; one is drawn for each image",
    )
    overlap: float = setting(3.0, "by how many pixels neighbours may overlap, at the most")
    wave: float = setting(1.0, "strength of the waves; 0 is none")
    perspective: float = setting(1.0, "strength of the perspective; 0 is none")
    rotation_deg: float = setting(6.0, "by how much the line is turned, at the most")

    def __post_init__(self) -> None:
        check_settings(
            self,
            width=(32, 4096),
            height=(16, 4096),
            overlap=(-20, 12),
            wave=(0, 2),
            perspective=(0, 2),
            rotation_deg=(0, 45),
        )

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return find_fonts(self.fonts)

    def __call__(self, rng: np.random.Generator) -> Sample:
        """One image with its string, centres and boxes."""
        text = draw_string(self.length, self.alphabet, rng)
        path = self._paths[int(rng.integers(len(self._paths)))]
        variants = rng.integers(_VARIANTS, size=len(text)).tolist()
        tiles = [make_tile(path, character, variant) for character, variant in zip(text, variants, strict=True)]
        strip, starts = set_line(tiles, rng.uniform(-self.overlap, max(1.0, 1 - self.overlap), len(text)).tolist())
        warp = self._make_warp(tiles, starts, rng)
        ink = warp.apply(strip, (self.width, self.height))
        carried = warp.carry(
            np.concatenate([tile.points + np.array((x, 0)) for tile, x in zip(tiles, starts, strict=True)])
        )
        first = np.cumsum([0] + [len(tile.points) for tile in tiles[:-1]])  # of each character's points: its middle
        centres = carried[first]
        boxes = np.hstack([np.minimum.reduceat(carried, first) - 0.5, np.maximum.reduceat(carried, first) + 0.5])
        return Sample("coalesced", _colour(ink, rng), text, centres, boxes=boxes)

    def _make_warp(self, tiles: list[Tile], starts: list[int], rng: np.random.Generator) -> Warp:
        """Turned, in perspective, fitted into the image as large as it goes or a little smaller, then waved."""
        u = rng.uniform(-1, 1, 8).tolist()
        angle = radians(self.rotation_deg * u[0])
        left, right = starts[0], max(x + tile.ink.shape[1] for tile, x in zip(tiles, starts, strict=True))
        top, bottom = min(t.top for t in tiles), max(t.top + t.ink.shape[0] for t in tiles)
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        # From strip to result: the middle to the origin, turned, in perspective.
        c, s = cos(angle), sin(angle)
        tilt_x = self.perspective * 0.35 * u[1] / (right - left)
        tilt_y = self.perspective * 0.3 * u[2] / (bottom - top)
        rows = ((c, -s, s * middle_y - c * middle_x), (s, c, -s * middle_x - c * middle_y))
        last = [tilt_x * one + tilt_y * other for one, other in zip(*rows, strict=True)]
        forward = np.array([*rows, (last[0], last[1], last[2] + 1)])
        corners = forward @ np.array([[left, right, right, left], [top, top, bottom, bottom], [1, 1, 1, 1]])
        corners = corners[:2] / corners[2]
        low = corners.min(axis=1)
        span = corners.max(axis=1) - low
        phases = rng.uniform(0, 2 * np.pi, 2).tolist()
        lengths = (rng.uniform((0.8, 0.45), (1.6, 1.0)) * (self.height, self.width)).tolist()
        across = min(self.wave * (1.5 + 1.5 * u[3]), _STEEPEST * lengths[0])
        down = min(self.wave * min(3.5, 0.05 * self.height) * (1 + 0.6 * u[4]), _STEEPEST * lengths[1])
        room = np.array([self.width - 2 * (_MARGIN_PX + across), self.height - 2 * (_MARGIN_PX + down)])
        scale = min(float((room / span).min()), 1.3) * (0.9 + 0.1 * u[5])
        shift = _MARGIN_PX + np.array([across, down]) - scale * low
        shift += (room - scale * span) * (0.5 + 0.5 * np.array(u[6:8]))
        fitted = np.array([[scale, 0, shift[0]], [0, scale, shift[1]], [0, 0, 1]]) @ forward
        return Warp(fitted, (across, lengths[0], phases[0]), (down, lengths[1], phases[1]))


@lru_cache(32768)
def make_tile(path: str, character: str, variant: int) -> Tile:
    """One of the forms of a character in a font: size, weight, turn, lean and stretch by its number."""
    rng = np.random.default_rng((variant, ord(character)))
    size = _SIZES[int(rng.integers(len(_SIZES)))]
    glyph = render_glyph(path, size, character)
    coverage = cv2.copyMakeBorder(glyph.coverage, 3, 3, 3, 3, cv2.BORDER_CONSTANT)
    weight, shift = int(rng.integers(-1, 3)), 0.0
    if weight:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(weight) + 1, abs(weight) + 1))
        changed = cv2.dilate(coverage, kernel) if weight > 0 else cv2.erode(coverage, kernel)
        if changed.max() > 200:  # thin strokes stay
            coverage, shift = changed, 0.0 if weight % 2 == 0 else 0.5  # by which an even kernel moves it
    angle, lean = np.deg2rad(rng.normal(0, 6)), rng.normal(0, 0.12)
    stretch_x, stretch_y = np.exp(rng.normal(0, 0.08, 2))
    c, s = np.cos(angle), np.sin(angle)
    linear = np.array([[c, -s], [s, c]]) @ np.array([[stretch_x, lean], [0, stretch_y]])
    rows, columns = coverage.shape
    middle = np.array([(columns - 1) / 2, (rows - 1) / 2])
    extent = np.abs(linear) @ (columns, rows)
    wide, high = (int(v) + 2 for v in extent)
    offset = np.array([(wide - 1) / 2, (high - 1) / 2]) - linear @ middle
    ink = cv2.warpAffine(coverage, np.column_stack([linear, offset]), (wide, high))
    moved = linear @ (shift, shift)
    x, y, columns, rows = cv2.boundingRect(ink)
    ink = np.ascontiguousarray(ink[y : y + rows, x : x + columns], dtype=np.uint8)
    # The glyph's middle keeps its height above the baseline, which lies two thirds down the strip.
    baseline = round(_TALL * 2 / 3 + rng.normal(0, 1.5))
    above = render_glyph(path, size, "x").bottom - (glyph.top + glyph.coverage.shape[0] / 2)
    top = round(baseline - above - ((high - 1) / 2 - y))
    top = min(max(top, 0), _TALL - rows)
    left, right = np.full(_TALL, _FAR, np.int32), np.full(_TALL, -_FAR, np.int32)
    dark = ink > _INK
    filled = np.flatnonzero(dark.any(axis=1))
    left[top + filled] = dark[filled].argmax(axis=1)
    right[top + filled] = columns - 1 - dark[filled, ::-1].argmax(axis=1)
    outline = np.argwhere(dark)[:, ::-1].astype(np.int32)
    hull = cv2.convexHull(outline)[:, 0].astype(np.float64)
    centre = (wide - 1) / 2 + moved[0] - x, (high - 1) / 2 + moved[1] - y
    points = np.vstack([centre, hull]) + np.array((0, top))
    return Tile(np.asarray(ink, np.uint8), top, left, right, points)


def set_line(tiles: list[Tile], gaps: list[float]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """Sets characters side by side, each pushed left until it touches what stands there, then by its gap.

    Returns the strip, (height, width), and each tile's first column in it.
    """
    edge = np.full(_TALL, -_FAR, np.int32)  # of what stands, row by row
    starts: list[int] = []
    for tile, gap in zip(tiles, gaps, strict=True):
        if not starts:
            start = 0
        else:
            before, last = tiles[len(starts) - 1], starts[-1]
            wide = before.ink.shape[1]
            contact = int((edge - tile.left).max()) + 1
            # Tucked under its neighbour it stays to the right of it, and no gap is wider than its box wants.
            least = last + float(before.points[0, 0] - tile.points[0, 0]) + max(4.0, 0.3 * wide)
            start = round(min(max(contact + gap, least), last + wide + 1))
        starts.append(start)
        np.maximum(edge, tile.right + start, out=edge)
    first = min(starts)
    starts = [start - first for start in starts]
    width = max(start + tile.ink.shape[1] for tile, start in zip(tiles, starts, strict=True))
    strip = np.zeros((_TALL, width), np.uint8)
    for tile, start in zip(tiles, starts, strict=True):
        rows, columns = tile.ink.shape
        area = strip[tile.top : tile.top + rows, start : start + columns]
        np.maximum(area, tile.ink, out=area)
    return strip, starts


def _colour(ink: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Ink of one colour on a light ground."""
    grounds, colours = rng.integers(225, 256, 3).tolist(), rng.integers(0, 130, 3).tolist()
    planes = [cv2.addWeighted(ink, (c - g) / 255, ink, 0, g) for c, g in zip(colours, grounds, strict=True)]
    return np.asarray(cv2.merge(planes), dtype=np.uint8)
