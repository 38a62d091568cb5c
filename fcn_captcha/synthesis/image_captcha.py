"""Images with the look of ``ImageCaptcha`` from the PyPI package ``captcha`` (0.7.1).

Drawn anew from what that package does to each character: it is cut to its ink, turned, stretched
to the box of its text, its corners are pulled about, and it is pasted through its own brightness,
so that dark colours come out pale. Each step also says where the character's middle went.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import ceil, cos, radians, sin
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.samples import Sample
from fcn_captcha.settings import setting
from fcn_captcha.synthesis.fonts import find_fonts, render_glyph
from fcn_captcha.synthesis.strings import check_settings, draw_string

Float = npt.NDArray[np.float32]
Plane = npt.NDArray[Any]  # uint8, (height, width)

_BRIGHTNESS = 1.97  # by which the package turns a character's own brightness into its opacity
_SPACE_SHARE = 0.5  # of characters that have a blank before them
_DOT = np.array([[0, 0, 1, 0], [0, 1, 1, 1], [1, 1, 1, 0], [0, 1, 0, 0]], np.uint8)[::-1, ::-1].copy()
_DOTS = 30
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13


@dataclass(frozen=True)
class _Drawn:
    """A character before it is pasted: its ink, the glyph's middle, the ink's left, top, width and height."""

    inked: npt.NDArray[np.bool_]
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
        check_settings(self, width=(16, 4096), height=(16, 4096))
        try:
            sizes = tuple(int(size) for size in self.font_sizes.split(","))
        except ValueError:
            sizes = ()
        if not sizes or min(sizes) < 6 or max(sizes) > 1000:
            raise ValueError(f"font_sizes: whole numbers of 6 to 1000 and commas are needed, got {self.font_sizes!r}")

    @cached_property
    def _faces(self) -> tuple[tuple[str, int], ...]:
        return tuple((path, int(size)) for path in find_fonts(self.fonts) for size in self.font_sizes.split(","))

    def __call__(self, rng: np.random.Generator) -> Sample:
        """One image with its string, centres and boxes."""
        text = draw_string(self.length, self.alphabet, rng)
        colours = rng.integers((238, 10), (256, 201), size=(3, 2)).tolist()  # of ground and ink: red, green, blue
        (_, red), (_, green), (_, blue) = colours
        opacity = min(1.0, (0.299 * red + 0.587 * green + 0.114 * blue) * _BRIGHTNESS / 255)
        ink, centres, boxes = self._draw_line(text, opacity, rng)
        ink = _smooth(cv2.max(ink, _draw_noise(self.width, self.height, rng)))
        image = np.asarray(cv2.merge([cv2.addWeighted(ink, (c - g) / 255, ink, 0, g) for g, c in colours]), np.uint8)
        return Sample("image-captcha", image, text, centres, boxes=boxes)

    def _draw_line(
        self, text: str, opacity: float, rng: np.random.Generator
    ) -> tuple[Plane, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The characters side by side, overlapping by up to a quarter, in an image of the given size.

        Returns the share of the ink's colour in each pixel, 255 being all of it, centres and boxes.
        """
        faces = self._faces
        drawn: list[_Drawn | int] = []  # an int is the width of a blank
        for character, (chance, blank, face, *changes) in zip(text, rng.random((len(text), 10)).tolist(), strict=True):
            if chance > _SPACE_SHARE:
                drawn.append(render_glyph(*faces[int(blank * len(faces))], " ").right + 1)
            drawn.append(_draw_character(*faces[int(face * len(faces))], character, changes))
        widths = [d if isinstance(d, int) else d.inked.shape[1] for d in drawn]
        width = max(sum(widths), self.width)
        average = int(sum(widths) / len(text))
        backs = rng.integers(int(0.25 * average) + 1, size=len(drawn)).tolist()
        canvas = np.zeros((self.height, width), np.float32)
        x = int(average * 0.1)
        centres, boxes = [], []
        for item, advance, back in zip(drawn, widths, backs, strict=True):
            if not isinstance(item, int):
                y = int((self.height - item.inked.shape[0]) / 2)
                _paste(canvas, item.inked, (x, y), opacity)
                centres.append((x + item.middle[0], y + item.middle[1]))
                left, top, wide, high = item.box
                boxes.append((x + left - 0.5, y + top - 0.5, x + left + wide - 0.5, y + top + high - 0.5))
            x += advance - back
        ink: Plane = canvas.astype(np.uint8)
        points, edges = np.array(centres), np.array(boxes, dtype=np.float64)
        if width > self.width:
            ink = cv2.resize(ink, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
            shrink = self.width / width
            points[:, 0] = (points[:, 0] + 0.5) * shrink - 0.5
            edges[:, [0, 2]] = (edges[:, [0, 2]] + 0.5) * shrink - 0.5
        return ink, points, edges


def _draw_character(path: str, size: int, character: str, changes: list[float]) -> _Drawn:
    """Turned by up to 30 degrees, stretched to its text's box, its corners pulled about.

    ``changes`` are seven numbers in [0, 1).
    """
    glyph = render_glyph(path, size, character)
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
    matrix = np.array(
        [
            [c, -s, (turned_width - 1 - c * (ink_width - 1) + s * (ink_height - 1)) / 2],
            [s, c, (turned_height - 1 - s * (ink_width - 1) - c * (ink_height - 1)) / 2],
        ]
    )
    turned = cv2.warpAffine(glyph.coverage, matrix, (turned_width, turned_height))
    stretched = cv2.resize(turned, (wide, high), interpolation=cv2.INTER_CUBIC)
    quad = np.array(_make_quad(corners, (width, height)), np.float32)
    quad[:, 0] -= 0.5  # remap counts from the first pixel's middle
    map_x, map_y = (quad @ _make_grid((width, height))).reshape(2, height, width)
    # What is but faintly covered has the full colour, and the package pastes by colour.
    inked = cv2.remap(stretched, map_x, map_y, cv2.INTER_NEAREST) > 0
    box = cv2.boundingRect(inked.view(np.uint8))
    x, y = _find_in_quad(corners, (width, height), (wide / 2, high / 2))
    return _Drawn(inked, (x - 0.5, y - 0.5), box)


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


def _paste(canvas: Float, inked: npt.NDArray[np.bool_], at: tuple[int, int], opacity: float) -> None:
    """Pastes a character; where it falls out of the image it is cut."""
    x, y = at
    top, left = max(0, -y), max(0, -x)
    seen = inked[top : canvas.shape[0] - y, left : canvas.shape[1] - x]
    area = canvas[y + top : y + top + seen.shape[0], x + left : x + left + seen.shape[1]]
    covered = seen * np.float32(opacity)
    area += covered * (255 - area)


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
