"""Black characters side by side on a grey ramp, rippled and blurred as if under water, two curves across.

The look of Kaptcha, a Java library (https://code.google.com/archive/p/kaptcha), as it comes: a
ripple of 2.6 px over 15 and 1.7 px over 5, rings of water around the middle, curves thick at
their left ends.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.console.options import setting
from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis.fonts import find_fonts, render_glyph
from fcn_captcha.synthesis.strings import check_settings, draw_string

_RIPPLE = ((2.6, 15.0), (1.7, 5.0))  # amplitude in px, and px a radian, across and down
_WATER = (1.5, 2.0, 10.0, 50.0)  # amplitude, wavelength in px, phase in radians, radius in px
_CURVES = ((0.1, 0.1, 0.25, 0.25), (0.1, 0.25, 0.5, 0.9))  # places of control points as shares of the width
_STROKES = (3.6, 2.7, 1.8)  # widths of a curve's pieces in px
_FLAT_PX = 2.0
_RAMP = (192.0, 255.0)  # of the ground, from the upper left to the lower right
_SPACE = 2.0  # px between characters
_STRETCHES = 16
_SIDES = np.array([(x, y) for x in np.linspace(0, 1, 9) for y in (0, 1)] + [(x, y) for x in (0, 1) for y in (0.3, 0.7)])

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rippled:
    """Draws such images; call it with a ``numpy.random.Generator``.

    Raises ``ValueError``, naming the setting, the rule and the value.
    """

    length: str = setting("5", "characters an image: 5, or 4-6")
    alphabet: str = setting("abcde2345678fgmnpwxy", "characters to draw from")
    width: int = setting(200, "of an image in pixels")
    height: int = setting(50, "of an image in pixels")
    fonts: str = setting(
        "DejaVuSans-Bold,DejaVuSansMono-Bold,SourceSansPro-Black,SourceSansPro-Bold,Manrope-ExtraBold,DroidSansMono",
        "font files or names, separated by commas; one is drawn for each character",
    )
    font_size: int = setting(40, "pixels an em")
    narrowest: float = setting(0.85, "by which characters are narrowed at the most; 1 is none")
    gap: float = setting(1.0, "standard deviation of the gaps between characters, in pixels")

    def __post_init__(self) -> None:
        check_settings(
            self, width=(32, 4096), height=(16, 4096), font_size=(6, 1000), narrowest=(0.3, 1.0), gap=(0.0, 50.0)
        )

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return find_fonts(self.fonts)

    @cached_property
    def _ground(self) -> Plane:
        """A ramp from corner to corner."""
        x, y = np.arange(self.width) * self.width, np.arange(self.height)[:, None] * self.height
        share = (x + y) / (self.width**2 + self.height**2)
        return (_RAMP[0] + share * (_RAMP[1] - _RAMP[0])).astype(np.float32)

    @cached_property
    def _maps(self) -> tuple[tuple[Plane, Plane], tuple[Plane, Plane]]:
        """Where each pixel comes from, in the water and then in the ripple."""
        x, y = np.meshgrid(np.arange(self.width, dtype=np.float32), np.arange(self.height, dtype=np.float32))
        amplitude, wavelength, phase, radius = _WATER
        off_x, off_y = x - self.width / 2, y - self.height / 2
        distance = np.maximum(np.hypot(off_x, off_y), 1e-6)
        pull = amplitude * np.sin(distance / wavelength * 2 * np.pi - phase)
        pull *= np.maximum(radius - distance, 0) / radius * wavelength / distance
        (across, wide), (down, high) = _RIPPLE
        return (x + off_x * pull, y + off_y * pull), (x + across * np.sin(y / wide), y + down * np.sin(x / high))

    def __call__(self, rng: np.random.Generator) -> Sample:
        """One image with its string, centres and boxes."""
        text = draw_string(self.length, self.alphabet, rng)
        paths = rng.integers(len(self._paths), size=len(text)).tolist()
        stretches = rng.integers(_STRETCHES, size=len(text)).tolist()
        line: npt.NDArray[np.uint8] = np.zeros((self.height, self.width), np.uint8)
        x = float(self.width / (2 + len(text)) + rng.normal(0, 1.0))
        baseline = (self.height - self.font_size) / 5 + self.font_size + rng.normal(0, 0.7)
        boxes = []
        gaps = rng.normal(0, self.gap, len(text)).tolist()
        for character, path, stretch, gap in zip(text, paths, stretches, gaps, strict=True):
            ink, bearing, above = _narrow(self._paths[path], self.font_size, character, self.narrowest, stretch)
            left, top = round(x + bearing), round(baseline - above)
            _draw(line, ink, left, top)
            boxes.append((left - 0.5, top - 0.5, left + ink.shape[1] - 0.5, top + ink.shape[0] - 0.5))
            # By the ink's width, so that a character with bearing leaves a gap before it.
            x += ink.shape[1] + _SPACE + gap
        water, ripple = self._maps
        # One after the other, each rounded to pixels: the rings are finer than a pixel, and this is their look.
        rippled: npt.NDArray[Any] = cv2.remap(cv2.remap(line, *water, cv2.INTER_LINEAR), *ripple, cv2.INTER_LINEAR)
        for places in _CURVES:
            _draw_curve(rippled, places, rng)
        grey = self._ground * (1 - rippled / np.float32(255))
        edges = np.array(boxes)
        centres = _carry((edges[:, :2] + edges[:, 2:]) / 2)
        sides = edges[:, None, :2] + _SIDES * (edges[:, None, 2:] - edges[:, None, :2])
        carried = _carry(sides.reshape(-1, 2)).reshape(sides.shape)
        image = np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)
        return Sample("rippled", image, text, centres, boxes=np.hstack([carried.min(axis=1), carried.max(axis=1)]))


def _carry(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where points (n, 2) lie after the ripple; the water only stirs what is around them."""
    (across, wide), (down, high) = _RIPPLE
    x, y = points.T
    for _ in range(12):
        x, y = points[:, 0] - across * np.sin(y / wide), points[:, 1] - down * np.sin(x / high)
    return np.stack([x, y], axis=1)


@lru_cache(16384)
def _narrow(
    path: str, size: int, character: str, narrowest: float, stretch: int
) -> tuple[npt.NDArray[np.uint8], float, float]:
    """A character's ink, narrowed, how far right of the pen it begins, and how far its top lies above the baseline."""
    glyph = render_glyph(path, size, character)
    share = narrowest + (1 - narrowest) * stretch / (_STRETCHES - 1)
    width = max(1, round(glyph.coverage.shape[1] * share))
    ink = cv2.resize(glyph.coverage, (width, glyph.coverage.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(ink, np.uint8), share * glyph.left, render_glyph(path, size, "x").bottom - glyph.top


def _draw(line: npt.NDArray[np.uint8], ink: npt.NDArray[np.uint8], left: int, top: int) -> None:
    """Lays ink over the line; what falls out of it is cut."""
    cut_top, cut_left = max(0, -top), max(0, -left)
    seen = ink[cut_top : max(cut_top, line.shape[0] - top), cut_left : max(cut_left, line.shape[1] - left)]
    if seen.size:
        area = line[top + cut_top : top + cut_top + seen.shape[0], left + cut_left : left + cut_left + seen.shape[1]]
        np.maximum(area, seen, out=area)


def _draw_curve(plane: npt.NDArray[Any], places: tuple[float, float, float, float], rng: np.random.Generator) -> None:
    """A Bézier curve in as few straight pieces as keep within 2 px of it, the first two thicker."""
    height, width = plane.shape
    controls = np.column_stack([np.array(places) * width, rng.random(4) * height])
    for i, (one, other) in enumerate(pairwise(_flatten(controls))):
        _draw_piece(plane, one, other, _STROKES[min(i, len(_STROKES) - 1)])


def _flatten(controls: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Points along a cubic Bézier curve of four control points (4, 2), halved until each part is flat."""
    start, end = controls[0], controls[3]
    chord = end - start
    along = np.clip((controls[1:3] - start) @ chord / max(float(chord @ chord), 1e-9), 0, 1)
    if np.hypot(*(controls[1:3] - start - along[:, None] * chord).T).max() < _FLAT_PX:
        return [start, end]
    a = (controls[:-1] + controls[1:]) / 2
    b = (a[:-1] + a[1:]) / 2
    middle = (b[0] + b[1]) / 2
    return _flatten(np.array([start, a[0], b[0], middle]))[:-1] + _flatten(np.array([middle, b[1], a[2], end]))


def _draw_piece(
    plane: npt.NDArray[Any], one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], stroke: float
) -> None:
    """A straight line as wide as ``stroke``, square at its ends."""
    along = (other - one) / max(float(np.hypot(*(other - one))), 1e-9)
    along *= (stroke - 1) / 2  # filling inks half a pixel more to every side
    aside = np.array([-along[1], along[0]])
    corners = np.array([one - along - aside, one - along + aside, other + along + aside, other + along - aside])
    cv2.fillConvexPoly(plane, (corners * 16).round().astype(np.int32), (255,), cv2.LINE_AA, 4)  # four binary places
