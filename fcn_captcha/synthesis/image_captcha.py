"""Images with the look of ``ImageCaptcha`` from the PyPI package ``captcha`` (0.7.1).

Drawn anew from what that package does to each character: it is cut to its ink, turned, stretched
to the box of its text, its corners are pulled about, and it is pasted through its own brightness,
so that dark colours come out pale. Each step also says where the character's middle went.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from fcn_captcha.console.options import setting
from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis.fonts import find_fonts, render_glyph
from fcn_captcha.synthesis.strings import check_settings, draw_string

Plane = npt.NDArray[Any]  # uint8, (height, width)

_BRIGHTNESS = 1.97  # by which the package turns a character's own brightness into its opacity
_ALPHA = 220 / 255, 1.0  # of the ink's colour; it tells only where ink is faint
_SPACE_SHARE = 0.5  # of characters that have a blank before them
_DOT = np.array([[0, 0, 1, 0], [0, 1, 1, 1], [1, 1, 1, 0], [0, 1, 0, 0]], np.uint8)[::-1, ::-1].copy()
_DOTS = 30
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13


@dataclass(frozen=True)
class _Drawn:
    """A character before it is pasted: how far its ink covers each pixel, and where its middle is."""

    coverage: Plane
    middle: tuple[float, float]


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
        brightness = (0.299 * red + 0.587 * green + 0.114 * blue) / 255
        ink, centres, boxes = self._draw_line(text, brightness, rng)
        ink = _smooth(cv2.max(ink, _draw_noise(self.width, self.height, rng)))
        image = np.asarray(cv2.merge([cv2.addWeighted(ink, (c - g) / 255, ink, 0, g) for g, c in colours]), np.uint8)
        return Sample("image-captcha", image, text, centres, boxes=boxes)

    def _draw_line(
        self, text: str, brightness: float, rng: np.random.Generator
    ) -> tuple[Plane, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The characters side by side, overlapping by up to a quarter, in an image of the given size.

        Returns the share of the ink's colour in each pixel, 255 being all of it, centres and boxes.
        """
        faces = self._faces
        # What is but faintly covered has the full colour, and the package pastes by colour; but colours
        # weighted by opacity are whole numbers on the way, so where dark ink is faint it is lost.
        faintest = int(0.5 / max(0.01, brightness * rng.uniform(*_ALPHA)))
        left_over = np.ones(256, np.float32)  # of what was there, by coverage
        left_over[faintest + 1 :] -= min(1.0, _BRIGHTNESS * brightness)
        drawn: list[_Drawn | int] = []  # an int is the width of a blank
        for character, (chance, blank, face, *changes) in zip(text, rng.random((len(text), 10)).tolist(), strict=True):
            if chance > _SPACE_SHARE:
                drawn.append(render_glyph(*faces[int(blank * len(faces))], " ").right + 1)
            drawn.append(_draw_character(*faces[int(face * len(faces))], character, changes))
        widths = [d if isinstance(d, int) else d.coverage.shape[1] for d in drawn]
        width = max(sum(widths), self.width)
        average = int(sum(widths) / len(text))
        backs = rng.integers(int(0.25 * average) + 1, size=len(drawn)).tolist()
        canvas = np.full((self.height, width), 255, np.float32)
        x = int(average * 0.1)
        centres, boxes = [], []
        for item, advance, back in zip(drawn, widths, backs, strict=True):
            if not isinstance(item, int):
                y = int((self.height - item.coverage.shape[0]) / 2)
                _paste(canvas, cv2.LUT(item.coverage, left_over), x, y)
                centres.append((x + item.middle[0], y + item.middle[1]))
                _, inked = cv2.threshold(item.coverage, faintest, 1, cv2.THRESH_BINARY)
                left, top, wide, high = cv2.boundingRect(inked)
                boxes.append((x + left - 0.5, y + top - 0.5, x + left + wide - 0.5, y + top + high - 0.5))
            x += advance - back
        ink: Plane = (255 - canvas).astype(np.uint8)
        points, edges = np.array(centres), np.array(boxes, dtype=np.float64)
        if width > self.width:
            ink = cv2.resize(ink, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
            shrink = self.width / width
            points[:, 0] = (points[:, 0] + 0.5) * shrink - 0.5
            edges[:, [0, 2]] = (edges[:, [0, 2]] + 0.5) * shrink - 0.5
        return ink, points, edges


def _draw_character(path: str, size: int, character: str, changes: list[float]) -> _Drawn:
    """Turned by up to 30 degrees, stretched to its text's box, its corners pulled about.

    By Pillow, as the package does it, whose borders and cubic differ from OpenCV's. ``changes`` are
    seven numbers in [0, 1).
    """
    glyph = render_glyph(path, size, character)
    width, height = glyph.right + 1, glyph.bottom + 1
    reach_x, reach_y = width * changes[1] * 0.2 + 0.1, height * changes[2] * 0.1 + 0.2
    x1, x2 = (int((2 * v - 1) * reach_x) for v in changes[3:5])
    y1, y2 = (int((2 * v - 1) * reach_y) for v in changes[5:7])
    wide, high = width + abs(x1) + abs(x2), height + abs(y1) + abs(y2)
    # The corners of the box lie in the stretched character at: upper left, lower left, lower right, upper right.
    corners = ((x1, y1), (-x1, high - y2), (wide + x2, high + y2), (wide - x2, -y1))
    stretched = _turn(path, size, character, round(60 * changes[0] - 30)).resize((wide, high))
    coverage = stretched.transform(
        (width, height), Image.Transform.QUAD, [edge for corner in corners for edge in corner]
    )
    x, y = _find_in_quad(corners, (width, height), (wide / 2, high / 2))
    return _Drawn(np.asarray(coverage), (x - 0.5, y - 0.5))


@lru_cache(16384)
def _turn(path: str, size: int, character: str, degrees: int) -> Image.Image:
    """A character's coverage, turned clockwise, on a canvas that holds it."""
    glyph = Image.fromarray(render_glyph(path, size, character).coverage)
    return glyph.rotate(-degrees, Image.Resampling.BILINEAR, expand=True)


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


def _find_in_quad(
    corners: tuple[tuple[float, float], ...], size: tuple[int, int], point: tuple[float, float]
) -> tuple[float, float]:
    """Where in the box a point of the quadrangle lies: Newton's method, from the middle."""
    (ax, bx, cx, dx), (ay, by, cy, dy) = _make_quad(corners, size)
    x, y = size[0] / 2, size[1] / 2
    for _ in range(3):
        error_x = ax + bx * x + cx * y + dx * x * y - point[0]
        error_y = ay + by * x + cy * y + dy * x * y - point[1]
        xx, xy, yx, yy = bx + dx * y, cx + dx * x, by + dy * y, cy + dy * x
        determinant = xx * yy - xy * yx
        x -= (yy * error_x - xy * error_y) / determinant
        y -= (xx * error_y - yx * error_x) / determinant
    return x, y


def _paste(canvas: npt.NDArray[np.float32], left_over: npt.NDArray[Any], x: int, y: int) -> None:
    """Lets through what a character leaves; where it falls out of the image it is cut."""
    top, left = max(0, -y), max(0, -x)
    seen = left_over[top : canvas.shape[0] - y, left : canvas.shape[1] - x]
    canvas[y + top : y + top + seen.shape[0], x + left : x + left + seen.shape[1]] *= seen


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
