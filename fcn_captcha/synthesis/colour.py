"""Each character in a colour of its own, many pale on white, in one of many fonts, with lines across."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.console.options import setting
from fcn_captcha.console.ranges import parse_range
from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis.fonts import find_fonts, render_glyph
from fcn_captcha.synthesis.strings import check_settings, draw_string

MANY_FONTS = (
    "AmaticSC-Bold,AmaticSC-Regular,Caladea-Bold,Caladea-BoldItalic,Caladea-Italic,Caladea-Regular,"
    "DejaVuSans,DejaVuSans-Bold,DejaVuSans-BoldOblique,DejaVuSans-Oblique,DejaVuSansMono,DejaVuSansMono-Bold,"
    "DejaVuSerif,DejaVuSerif-Bold,DejaVuSerif-BoldItalic,DejaVuSerif-Italic,DroidSansMono,FredokaOne-Regular,"
    "Intuitive,Manrope-Bold,Manrope-ExtraBold,Manrope-ExtraLight,Manrope-Light,Manrope-Regular,"
    "STIXGeneral,STIXGeneralBol,STIXGeneralBolIta,STIXGeneralItalic,SourceSansPro-Black,SourceSansPro-BlackIt,"
    "SourceSansPro-ExtraLight,SourceSansPro-It,SourceSansPro-Regular,SourceSansPro-Semibold,"
    "SourceSerifPro-Black,SourceSerifPro-BoldIt,SourceSerifPro-It,SourceSerifPro-Regular"
)
_SIZES = (28, 32, 36, 40, 44, 48, 52)  # pixels an em in an image 80 px high
_TURNED_SHARE = 0.5  # of images whose characters are turned, each by itself


@dataclass(frozen=True)
class Colour:
    """Draws such images; call it with a ``numpy.random.Generator``.

    Raises ``ValueError``, naming the setting, the rule and the value.
    """

    length: str = setting("4-8", "characters an image: 5, or 4-6")
    alphabet: str = setting("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "characters to draw from")
    height: int = setting(80, "of an image in pixels; its width follows the text")
    fonts: str = setting(
        MANY_FONTS,
        "font files or names, separated by commas; one is drawn for each image",
    )
    lines: str = setting("0-6", "lines across an image")
    rotation_deg: float = setting(30.0, "by how much a character is turned, at the most")

    def __post_init__(self) -> None:
        parse_range(self.lines, "lines")
        check_settings(self, height=(16, 2048), rotation_deg=(0, 180))

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return find_fonts(self.fonts)

    def __call__(self, rng: np.random.Generator) -> Sample:
        """One image with its string, centres and boxes."""
        text = draw_string(self.length, self.alphabet, rng)
        count = len(text)
        path = self._paths[int(rng.integers(len(self._paths)))]
        unit = self.height / 80
        size = max(6, round(unit * _SIZES[int(rng.integers(len(_SIZES)))]))
        turned = self.rotation_deg if rng.random() < _TURNED_SHARE else 0.0
        angles = rng.uniform(-turned, turned, count).tolist()
        drawn = [_turn(render_glyph(path, size, c).coverage, a) for c, a in zip(text, angles, strict=True)]
        # Characters stand at even distances, some so near that they overlap.
        widest = float(np.median([ink.shape[1] for ink in drawn]))
        pitch = widest * 0.75 + unit * max(0.0, rng.uniform(-10, 54))
        margins = unit * rng.uniform(12, 112, 2) + 0.6 * pitch
        width = int(margins.sum() + pitch * (count - 1) + widest)
        image = np.full((self.height, width, 3), 255, np.float32)
        colours = rng.integers(0, 256, (count, 3)).astype(np.float32)
        heights = self.height / 2 + rng.normal(0, 1.0 * unit, count)
        centres, boxes = [], []
        for i, ink in enumerate(drawn):
            x = round(margins[0] + widest / 2 + pitch * i - ink.shape[1] / 2)
            y = round(heights[i] - ink.shape[0] / 2)
            area, seen = _overlay(image, ink, x, y)
            area += seen[:, :, None] * (colours[i] - area)
            centres.append((x + (ink.shape[1] - 1) / 2, y + (ink.shape[0] - 1) / 2))
            left, top, wide, high = cv2.boundingRect((ink > 0.4).view(np.uint8))
            boxes.append((x + left - 0.5, y + top - 0.5, x + left + wide - 0.5, y + top + high - 0.5))
        pixels = image.astype(np.uint8)
        fewest, most_lines = parse_range(self.lines, "lines")
        ends = rng.integers((0, 0), (width, self.height), size=(int(rng.integers(fewest, most_lines + 1)), 2, 2))
        for one, other in ends.tolist():
            cv2.line(pixels, one, other, (0, 0, 0), 1)
        return Sample("colour", pixels, text, np.array(centres), boxes=np.array(boxes, dtype=np.float64))


def _turn(coverage: npt.NDArray[np.uint8], angle_deg: float) -> npt.NDArray[np.float32]:
    """Turned about its middle, which stays the middle; coverage in [0, 1]."""
    if not angle_deg:
        return (coverage / np.float32(255)).astype(np.float32)
    rows, columns = coverage.shape
    c, s = cos(radians(angle_deg)), sin(radians(angle_deg))
    wide, high = int(abs(c) * columns + abs(s) * rows) + 2, int(abs(s) * columns + abs(c) * rows) + 2
    middle_x, middle_y = (columns - 1) / 2, (rows - 1) / 2
    matrix = np.array(
        [[c, -s, (wide - 1) / 2 - c * middle_x + s * middle_y], [s, c, (high - 1) / 2 - s * middle_x - c * middle_y]]
    )
    return (cv2.warpAffine(coverage, matrix, (wide, high)) / np.float32(255)).astype(np.float32)


def _overlay(
    image: npt.NDArray[np.float32], ink: npt.NDArray[np.float32], x: int, y: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The part of the image that the ink covers, and the part of the ink that lies in it."""
    top, left = max(0, -y), max(0, -x)
    seen = ink[top : image.shape[0] - y, left : image.shape[1] - x]
    return image[y + top : y + top + seen.shape[0], x + left : x + left + seen.shape[1]], seen
