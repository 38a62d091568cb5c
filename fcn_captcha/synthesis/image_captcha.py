"""Images with the look of ``ImageCaptcha`` from the PyPI package ``captcha`` (0.7.1).

Drawn anew from what that package does to each character: it is cut to its ink, turned, stretched
to the box of its text, its corners are pulled about, and it is pasted through its own brightness,
so that dark colours come out pale. Each step also says where the character's middle went.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from math import ceil, cos, radians, sin
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.ranges import parse_range
from fcn_captcha.samples import Sample
from fcn_captcha.settings import setting
from fcn_captcha.synthesis.fonts import check_characters, find_fonts, render_glyph

Float = npt.NDArray[np.float32]
Plane = npt.NDArray[Any]  # uint8, (height, width)

_BRIGHTNESS = 1.97  # by which the package turns a character's own brightness into its opacity
_SPACE_SHARE = 0.5  # of characters that have a blank before them
_DOT = np.array([[0, 0, 1, 0], [0, 1, 1, 1], [1, 1, 1, 0], [0, 1, 0, 0]], np.uint8)[::-1, ::-1].copy()
_DOTS = 30
_FAINTEST = 35  # of 255; less coverage than this leaves a paler colour
_SPREAD = np.array([1, 4, 1], np.float32) / 6  # how far the package's two resamplings carry ink
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13


@dataclass(frozen=True)
class _Drawn:
    """A character before it is pasted: its ink, the glyph's middle, the ink's left, top, width and height."""

    coverage: Float
    middle: tuple[float, float]
    box: Sequence[int]


@dataclass(frozen=True)
class ImageCaptcha:
    """Draws such images; call it with a ``numpy.random.Generator``.

    Raises ``ValueError``, naming the setting, the rule and the value.
    """

    length: str = setting("4", "characters an image: 5, or 4-6")
    alphabet: str = setting("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "characters to draw from")
    width: int = setting(160, "of an image in pixels")
    height: int = setting(60, "of an image in pixels")
    fonts: str = setting("DroidSansMono", "font files or names, separated by commas")
    font_sizes: str = setting("42,50,56", "pixels an em, separated by commas")

    def __post_init__(self) -> None:
        if parse_range(self.length)[0] < 1:
            raise ValueError(f"length: at least 1 is needed, got {self.length!r}")
        if not self.alphabet or any(c.isspace() for c in self.alphabet):
            raise ValueError(f"alphabet: at least one character and no blanks are needed, got {self.alphabet!r}")
        for name, low, high in (("width", 16, 4096), ("height", 16, 4096)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: it must lie in {low} to {high}, got {getattr(self, name)}")
        paths = find_fonts(self.fonts)
        check_characters(paths, self.alphabet)
        try:
            sizes = tuple(int(size) for size in self.font_sizes.split(","))
        except ValueError:
            sizes = ()
        if not sizes or min(sizes) < 6 or max(sizes) > 1000:
            raise ValueError(f"font_sizes: whole numbers of 6 to 1000 and commas are needed, got {self.font_sizes!r}")

    @cached_property
    def _faces(self) -> tuple[tuple[str, int], ...]:
        return tuple((path, int(size)) for path in find_fonts(self.fonts) for size in self.font_sizes.split(","))

    @cached_property
    def _lengths(self) -> tuple[int, int]:
        return parse_range(self.length)

    def __call__(self, rng: np.random.Generator) -> Sample:
        """One image with its string, centres and boxes."""
        least, most = self._lengths
        text = "".join(self.alphabet[i] for i in rng.integers(len(self.alphabet), size=rng.integers(least, most + 1)))
        colours = rng.integers((238, 10), (256, 201), size=(3, 2)).tolist()  # of ground and ink: red, green, blue
        (_, red), (_, green), (_, blue) = colours
        brightness = (0.299 * red + 0.587 * green + 0.114 * blue) * _BRIGHTNESS / 255
        ground_share, ink_share, centres, boxes = self._draw_line(text, brightness, rng)
        noise = _draw_noise(self.width, self.height, rng)
        planes = [_smooth(cv2.subtract(ground_share, noise)), _smooth(cv2.max(ink_share, noise))]
        image = np.asarray(
            cv2.merge([cv2.addWeighted(planes[0], g / 255, planes[1], c / 255, 0) for g, c in colours]), np.uint8
        )
        return Sample("image-captcha", image, text, centres, boxes=boxes)

    def _draw_line(
        self, text: str, brightness: float, rng: np.random.Generator
    ) -> tuple[Plane, Plane, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The characters side by side, overlapping by up to a quarter, in an image of the given size.

        Returns the shares of ground and of ink's colour in each pixel, centres and boxes.
        """
        faces = self._faces
        drawn: list[_Drawn | int] = []  # an int is the width of a blank
        for character, (chance, blank, face, *changes) in zip(text, rng.random((len(text), 10)).tolist(), strict=True):
            if chance > _SPACE_SHARE:
                drawn.append(render_glyph(*faces[int(blank * len(faces))], " ").right + 1)
            drawn.append(_draw_character(*faces[int(face * len(faces))], character, changes))
        widths = [d if isinstance(d, int) else d.coverage.shape[1] for d in drawn]
        width = max(sum(widths), self.width)
        average = int(sum(widths) / len(text))
        backs = rng.integers(int(0.25 * average) + 1, size=len(drawn)).tolist()
        ground, ink = np.full((self.height, width), 255, np.float32), np.zeros((self.height, width), np.float32)
        x = int(average * 0.1)
        centres, boxes = [], []
        for item, advance, back in zip(drawn, widths, backs, strict=True):
            if not isinstance(item, int):
                y = int((self.height - item.coverage.shape[0]) / 2)
                _paste(ground, ink, item.coverage, (x, y), brightness)
                centres.append((x + item.middle[0], y + item.middle[1]))
                left, top, wide, high = item.box
                boxes.append((x + left - 0.5, y + top - 0.5, x + left + wide - 0.5, y + top + high - 0.5))
            x += advance - back
        shares: list[Plane] = [ground.astype(np.uint8), ink.astype(np.uint8)]
        points, edges = np.array(centres), np.array(boxes, dtype=np.float64)
        if width > self.width:
            shares = [cv2.resize(s, (self.width, self.height), interpolation=cv2.INTER_CUBIC) for s in shares]
            shrink = self.width / width
            points[:, 0] = (points[:, 0] + 0.5) * shrink - 0.5
            edges[:, [0, 2]] = (edges[:, [0, 2]] + 0.5) * shrink - 0.5
        return shares[0], shares[1], points, edges


def _draw_character(path: str, size: int, character: str, changes: list[float]) -> _Drawn:
    """Turned by up to 30 degrees, stretched to its text's box, its corners pulled about.

    ``changes`` are seven numbers in [0, 1).
    """
    glyph = render_glyph(path, size, character)
    weighted = _weigh_ink(path, size, character)
    ink_height, ink_width = glyph.coverage.shape
    width, height = glyph.right + 1, glyph.bottom + 1
    angle = radians(60 * changes[0] - 30)
    c, s = cos(angle), sin(angle)
    turned_width = _round_out(abs(c) * ink_width + abs(s) * ink_height, ink_width)
    turned_height = _round_out(abs(s) * ink_width + abs(c) * ink_height, ink_height)
    reach_x, reach_y = width * changes[1] * 0.2 + 0.1, height * changes[2] * 0.1 + 0.2
    x1, x2 = (int((2 * v - 1) * reach_x) for v in changes[3:5])
    y1, y2 = (int((2 * v - 1) * reach_y) for v in changes[5:7])
    wide, high = width + abs(x1) + abs(x2), height + abs(y1) + abs(y2)
    # The corners of the box lie in the stretched character at: upper left, lower left, lower right, upper right.
    corners = ((x1, y1), (-x1, high - y2), (wide + x2, high + y2), (wide - x2, -y1))
    # From there back to the glyph: middle upon middle, then unstretched and turned back.
    back_x, back_y = turned_width / wide, turned_height / high
    back = np.array([[c * back_x, s * back_y], [-s * back_x, c * back_y]])
    rows, columns = weighted.shape[:2]
    offset = np.array([(columns - 1) / 2, (rows - 1) / 2]) - back @ ((wide - 1) / 2, (high - 1) / 2)
    pixels = np.array(_make_quad(corners, (width, height)), np.float32) @ _make_grid((width, height))
    place = back.astype(np.float32) @ np.floor(pixels, out=pixels) + offset.astype(np.float32)[:, None]
    map_x, map_y = place.reshape(2, height, width)
    pulled = cv2.remap(weighted, map_x, map_y, cv2.INTER_LINEAR)
    coverage: Float = np.divide(pulled[:, :, 1], np.maximum(pulled[:, :, 0], _FAINTEST), dtype=np.float32)
    box = cv2.boundingRect((coverage > 0.2).view(np.uint8))
    x, y = _find_in_quad(corners, (width, height), (wide / 2, high / 2))
    return _Drawn(coverage, (x - 0.5, y - 0.5), box)


@lru_cache(16384)
def _weigh_ink(path: str, size: int, character: str) -> npt.NDArray[np.uint8]:
    """A glyph's coverage and its square, in two channels, with a margin.

    The package averages colours weighted by their opacity, which keeps edges bold: an edge's colour
    is the mean of the squares over the mean.
    """
    coverage = cv2.copyMakeBorder(render_glyph(path, size, character).coverage, 2, 2, 2, 2, cv2.BORDER_CONSTANT)
    single = coverage.astype(np.float32)
    both = np.dstack([single, single * single / 255])
    return cv2.sepFilter2D(both, -1, _SPREAD, _SPREAD).round().astype(np.uint8)


def _round_out(span: float, size: int) -> int:
    """Pixels that a span about the middle of ``size`` pixels touches."""
    return 2 * ceil(span / 2) if size % 2 == 0 else 2 * ceil(span / 2 + 0.5) - 1


def _make_quad(corners: tuple[tuple[float, float], ...], size: tuple[int, int]) -> list[tuple[float, ...]]:
    """Coefficients (1, x, y, xy) of the bilinear map from a box to a quadrangle, for x and for y."""
    width, height = size
    (left, lower_left, lower_right, right) = corners
    return [
        (
            left[i],
            (right[i] - left[i]) / width,
            (lower_left[i] - left[i]) / height,
            (lower_right[i] - lower_left[i] - right[i] + left[i]) / (width * height),
        )
        for i in (0, 1)
    ]


@cache
def _make_grid(size: tuple[int, int]) -> Float:
    """1, x, y and xy, counted from the box's corner, of its pixels, row by row: shape (4, pixels)."""
    y, x = np.mgrid[: size[1], : size[0]].reshape(2, -1) + 0.5
    return np.stack([np.ones_like(x), x, y, x * y]).astype(np.float32)


def _find_in_quad(
    corners: tuple[tuple[float, float], ...], size: tuple[int, int], point: tuple[float, float]
) -> tuple[float, float]:
    """Where in the box a point of the quadrangle lies: Newton's method, from the middle."""
    (ax, bx, cx, dx), (ay, by, cy, dy) = _make_quad(corners, size)
    x, y = size[0] / 2, size[1] / 2
    for _ in range(5):
        error_x = ax + bx * x + cx * y + dx * x * y - point[0]
        error_y = ay + by * x + cy * y + dy * x * y - point[1]
        xx, xy, yx, yy = bx + dx * y, cx + dx * x, by + dy * y, cy + dy * x
        determinant = xx * yy - xy * yx
        x -= (yy * error_x - xy * error_y) / determinant
        y -= (xx * error_y - yx * error_x) / determinant
    return x, y


def _paste(ground: Float, ink: Float, coverage: Float, at: tuple[int, int], brightness: float) -> None:
    """Pastes a character; where it falls out of the image it is cut."""
    x, y = at
    top, left = max(0, -y), max(0, -x)
    seen = coverage[top : ground.shape[0] - y, left : ground.shape[1] - x]
    place = slice(y + top, y + top + seen.shape[0]), slice(x + left, x + left + seen.shape[1])
    opacity = np.minimum(seen * np.float32(brightness), 1)
    stays = 1 - opacity
    ground[place] *= stays
    area = ink[place]
    area *= stays
    opacity *= seen
    opacity *= 255
    area += opacity


def _draw_noise(width: int, height: int, rng: np.random.Generator) -> Plane:
    """Dots and one arc, 255 where they are."""
    noise: Plane = np.zeros((height, width), np.uint8)
    at = rng.integers(0, (width, height), size=(_DOTS, 2))
    noise[at[:, 1], at[:, 0]] = 255
    noise = cv2.dilate(noise, _DOT)
    fifth_x, fifth_y = width // 5, height // 5
    x1 = int(rng.integers(fifth_x + 1))
    x2 = int(rng.integers(width - fifth_x + 1)) + fifth_x
    y1 = int(rng.integers(height - 2 * fifth_y + 1)) + fifth_y
    y2 = int(rng.integers(max(1, height - y1 - fifth_y + 1))) + y1
    middle, axes = ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2)
    cv2.ellipse(noise, middle, axes, 0, int(rng.integers(21)), int(rng.integers(160, 201)), 255, 1)
    return noise


def _smooth(plane: Plane) -> Plane:
    """As Pillow's SMOOTH does, which leaves the border as it is."""
    smooth: Plane = cv2.filter2D(plane, -1, _SMOOTH)
    smooth[0], smooth[-1], smooth[:, 0], smooth[:, -1] = plane[0], plane[-1], plane[:, 0], plane[:, -1]
    return smooth
