"""Lines of text turned by known angles, with lines and dots of clutter over them: what a deskew is measured on."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan, cos, degrees, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.data.samples import Sample
from fcn_captcha.maps import geometry
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.synthesis.fonts import find_fonts, render_glyph

Pixels = npt.NDArray[np.uint8]

FONTS = "DejaVuSans,DejaVuSans-Bold,DejaVuSerif,Caladea-Bold,SourceSansPro-Semibold,Manrope-Bold,DroidSansMono"
CAPITALS = "ABCDEFGHJKLMNPRSTUVWXYZ23456789"
SMALL = "abcdefghijklmnopqrstuvwxyz"
LEVEL = {"rotation_deg": "0", "wave": "0", "perspective": "0"}  # of `coalesced`: nothing but the turn to be found
KINDS = ("set, capitals", "set, small letters", "coalesced", "image-captcha")
_MARGIN_PX = 8


@dataclass(frozen=True)
class Turned:
    """An image with the truth.

    Attributes:
        image: uint8, (height, width, 3), RGB.
        angle_deg: by which the line was turned, clockwise on the screen.
        height_px: mean height of the characters' boxes before it was turned.
    """

    image: Pixels
    angle_deg: float
    height_px: float


def set_line(alphabet: str, rng: np.random.Generator) -> Sample:
    """Five to eight characters of a font side by side on a base line, in one colour on a light ground."""
    paths = find_fonts(FONTS)
    path, size = paths[int(rng.integers(len(paths)))], int(rng.integers(26, 45))
    text = "".join(rng.choice(list(alphabet), int(rng.integers(5, 9))))
    glyphs = [render_glyph(path, size, character) for character in text]
    canvas = np.zeros((2 * size, 2 * size * len(text)), np.uint8)
    x, boxes = _MARGIN_PX, []
    for glyph in glyphs:
        rows, columns = glyph.coverage.shape
        y = _MARGIN_PX + glyph.bottom - rows
        area = canvas[y : y + rows, x : x + columns]
        np.maximum(area, glyph.coverage, out=area)
        boxes.append((x - 0.5, y - 0.5, x + columns - 0.5, y + rows - 0.5))
        x += columns + int(rng.integers(0, 5))
    ink = canvas[: max(int(box[3]) for box in boxes) + _MARGIN_PX, : x + _MARGIN_PX]
    ground, colour = rng.integers(225, 256, 3), rng.integers(0, 130, 3)
    share = ink[:, :, None] / 255
    image = np.rint(ground * (1 - share) + colour * share).astype(np.uint8)
    return Sample("set", image, text, boxes=np.array(boxes))


def turn(image: Pixels, angle_deg: float) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """The whole image turned clockwise on the screen, on more of its own ground; and the 2×3 map of its pixels."""
    height, width = image.shape[:2]
    c, s = cos(radians(angle_deg)), sin(radians(angle_deg))
    wide, high = round(width * c + height * abs(s)), round(width * abs(s) + height * c)
    linear = np.array([[c, -s], [s, c]])
    old, new = np.array([width - 1, height - 1]) / 2, np.array([wide - 1, high - 1]) / 2
    matrix = np.column_stack([linear, new - linear @ old])
    ground = np.median(image.reshape(-1, 3), axis=0).tolist()
    turned = cv2.warpAffine(image, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderValue=ground)
    return np.asarray(turned, np.uint8), matrix


def turn_sample(sample: Sample, angle_deg: float) -> Sample:
    """The same string, turned, its centres with it."""
    image, matrix = turn(sample.image, angle_deg)
    centres = None if sample.centres is None else geometry.apply_affine(matrix, sample.centres)
    return Sample(sample.name, image, sample.text, centres)


def add_clutter(image: Pixels, rng: np.random.Generator, lines: int = 3, dots: int = 25) -> Pixels:
    """Straight lines and arcs of 1 or 2 px across the image, and dots of 1 to 3 px, in the colour of the ink."""
    image = image.copy()
    height, width = image.shape[:2]
    flat = image.reshape(-1, 3)
    colour = np.percentile(flat, 1, axis=0).tolist()
    for number in range(lines):
        thick = int(rng.integers(1, 3))
        ends = (0, int(rng.integers(height))), (width, int(rng.integers(height)))
        if number % 2 == 0:
            cv2.line(image, *ends, colour, thick, cv2.LINE_AA)
        else:
            middle = int(rng.integers(width)), int(rng.integers(height))
            axes = int(rng.integers(width // 3, width)), int(rng.integers(height // 4, height))
            start = int(rng.integers(360))
            cv2.ellipse(image, middle, axes, 0, start, start + 120, colour, thick, cv2.LINE_AA)
    for _ in range(dots):
        place = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(image, place, int(rng.integers(0, 2)), colour, -1, cv2.LINE_AA)
    return image


def find_slope_deg(sample: Sample) -> float:
    """Of the least-squares line through the middles of the characters' boxes, clockwise on the screen."""
    assert sample.boxes is not None
    left, top, right, bottom = sample.boxes.T
    return degrees(atan(np.polyfit(left + right, top + bottom, 1)[0]))


def draw_lines(kind: str, count: int, seed: int, most_deg: float = 30.0, clutter: bool = True) -> Iterator[Turned]:
    """So many images of one of :data:`KINDS`, at angles evenly spaced from ``-most_deg`` to ``most_deg``."""
    options = {"coalesced": {**LEVEL, "alphabet": CAPITALS}, "image-captcha": {"length": "5-7", "width": "240"}}
    named = stream(find_generator(kind, options[kind]), seed) if kind in options else None
    for number, angle in enumerate(np.linspace(-most_deg, most_deg, count).tolist()):
        rng = np.random.default_rng((seed, number, 7))
        sample = next(named) if named else set_line(CAPITALS if "capitals" in kind else SMALL, rng)
        assert sample.boxes is not None
        image, _ = turn(sample.image, angle)
        if named:
            angle += find_slope_deg(sample)
        height = float((sample.boxes[:, 3] - sample.boxes[:, 1]).mean())
        yield Turned(add_clutter(image, rng) if clutter else image, angle, height)
