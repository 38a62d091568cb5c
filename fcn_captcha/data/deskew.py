"""Text that slants or bends, levelled and brought to one height: its midline by robust least squares.

The step is that of M. Vedenev's article: midline by least squares, rotation, scaling by the average
text height. Here lines and dots over the text are taken away before, and the fit weighs down what
is left of them.
"""

from dataclasses import dataclass, replace
from math import atan, cos, degrees, hypot, radians, sin
from typing import Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.band import fit_band, fit_curve
from fcn_captcha.data.opencv import cv2
from fcn_captcha.data.strokes import drop_small, erase_lines, keep_thick, measure_thickness
from fcn_captcha.maps import geometry
from fcn_captcha.maps.transform import Curve, Transform

Array = npt.NDArray[np.float64]

TEXT_HEIGHT_PX = 28.0  # that text is brought to, in pixels of the network's input
STEEPEST_DEG = 35.0
_CANVAS = 2.25  # height of the result, in heights of the text
_MARGIN = 0.8  # left and right of the text, in its heights
_SHORTEST = 1.6  # times its height: shorter text has no direction of its own
_SMALLEST_PX = 5.0
_TOO_SHORT = "the text is too short for its height to have a direction"
_LOOKED_AT_PX = 400  # of a larger image a copy of this size is looked at
INKED = 0.25  # from so much on a pixel counts as ink
_FEWEST = 20  # pixels of ink
_STRAIGHT = 9.0  # times as long as thick: longer is a line, before the text's height is known
_LINE = 1.3  # times the text's height: longer is a line
_HELD = 0.65  # of the ink, by the narrowest band across which an angle is found at first
_COARSE_POINTS = 600
_ROUNDS = 4
_LEVEL = 5e-4  # slope from which on no further round is worth it
_TRACED = 50  # points of a curve


@dataclass(frozen=True)
class Midline:
    """Where the text of an image lies.

    Attributes:
        angle_deg: of the midline, clockwise on the screen positive.
        height_px: mean height of the characters, across the midline, in pixels of the image.
        middle: (x, y) in pixels of the image, on the midline and halfway along the text.
        length_px: of the text along its midline.
        reason: why the image is to stay as it is, or None. What was not found by then is 0.
        curve: where the text is bent, by how much its middle lies below the straight midline, in pixels of the
            image along it and across it from ``middle``; None where it is straight or was not asked for.
    """

    angle_deg: float = 0.0
    height_px: float = 0.0
    middle: tuple[float, float] = (0.0, 0.0)
    length_px: float = 0.0
    reason: str | None = None
    curve: Curve | None = None

    def make_levelling(self, text_height_px: float) -> tuple[Transform, tuple[int, int]]:
        """What makes the text level, straight and so high.

        Returns the map from pixels of the image to those of the result, and the result's width and
        height: the text in the middle, with a margin around it.
        """
        scale = text_height_px / self.height_px
        width = round(self.length_px * scale + 2 * _MARGIN * text_height_px)
        height = round(_CANVAS * text_height_px)
        c, s = scale * cos(radians(self.angle_deg)), scale * sin(radians(self.angle_deg))
        linear = np.array([[c, s], [-s, c]])
        middle = np.array([width - 1, height - 1]) / 2
        matrix = np.column_stack([linear, middle - linear @ self.middle])
        return Transform(matrix, self.curve and self.curve.scale(scale, float(middle[0]))), (width, height)

    def trace(self, below_px: float = 0.0) -> Array:
        """Points (n, 2) along the text in pixels of the image, so far below the midline: two where it is straight."""
        x = self.length_px * np.linspace(-0.5, 0.5, 2 if self.curve is None else _TRACED)
        y = np.full_like(x, below_px) if self.curve is None else below_px + self.curve(x)
        return np.column_stack(_turn(np.column_stack([x, y]), self.angle_deg)) + self.middle


def find_midline(ink: npt.NDArray[np.float32], curved: bool = False) -> Midline:
    """The midline of one line of text that lies between -35° and 35°.

    Args:
        ink: (height, width) or (height, width, 1), 0 at the background, about 1 at the strongest strokes.
        curved: whether to look for a bend of the text, too.
    """
    ink = ink.reshape(ink.shape[:2])
    shrink = min(1.0, _LOOKED_AT_PX / max(ink.shape))
    if shrink * min(ink.shape) < 1:
        return Midline(reason="one side of the image is hundreds of times the other")
    if shrink < 1:
        small = cv2.resize(ink, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        found = find_midline(np.asarray(small), curved)
        x, y = ((at + 0.5) / shrink - 0.5 for at in found.middle)
        height, length = found.height_px / shrink, found.length_px / shrink
        curve = found.curve and found.curve.scale(1 / shrink)
        return replace(found, height_px=height, middle=(x, y), length_px=length, curve=curve)
    points, angle, height = find_text((ink > INKED).astype(np.uint8))
    if len(points) < _FEWEST:
        return Midline(reason="there is no ink, or there are only dots")
    if np.ptp(_turn(points, -angle)[0]) < _SHORTEST * height:
        return Midline(reason=_TOO_SHORT)
    if abs(angle) > STEEPEST_DEG + 5:
        return _refuse_steep(Midline(angle))
    band = None
    for _ in range(_ROUNDS):
        band = fit_band(*_turn(points, -angle), height)
        if band is None:
            return Midline(reason="the ink is no line of text")
        height = band.height
        angle += degrees(atan(band.slope))
        if abs(band.slope) < _LEVEL:
            break
    assert band is not None
    (x,), (y,) = _turn(np.array([[(band.first + band.last) / 2, band.middle]]), angle)
    found = Midline(angle, height, (float(x), float(y)), band.last - band.first + 1)
    if height < _SMALLEST_PX:
        return replace(found, reason=f"the ink is only {height:.0f} px high")
    if found.length_px < _SHORTEST * height:
        return replace(found, reason=_TOO_SHORT)
    if abs(angle) > STEEPEST_DEG:
        return _refuse_steep(found)
    return _find_bend(points, found) if curved else found


def _find_bend(points: Array, straight: Midline) -> Midline:
    """The midline with its curve, if there is one, and the height measured once more, across the curve."""
    along, across = _turn(points - straight.middle, -straight.angle_deg)
    curve = fit_curve(along, across, straight.height_px)
    band = None if curve is None else fit_band(along, across - curve(along), straight.height_px)
    return straight if band is None else replace(straight, curve=curve, height_px=band.height)


def level(pixels: npt.NDArray[Any], midline: Midline, text_height_px: float) -> tuple[npt.NDArray[Any], Transform]:
    """An image or its ink, (height, width) or (height, width, channels), its text level, straight and so high.

    What comes from outside has the ground's value, the median. Returns the result and the map from pixels of
    ``pixels`` to those of the result.
    """
    transform, size = midline.make_levelling(text_height_px)
    to_small, (height, width) = geometry.make_scaling(1, 1), pixels.shape[:2]
    ground = np.median(pixels.reshape(height * width, -1), axis=0).tolist()
    scale = hypot(*transform.matrix[0, :2])
    if scale < 1:  # averaged, so that no stroke falls between two pixels
        small = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
        to_small = geometry.make_scaling(small[0] / width, small[1] / height)
    if transform.curve is None:
        matrix = geometry.compose_affine(transform.matrix, geometry.invert_affine(to_small))
        return cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderValue=ground), transform
    sources = geometry.apply_affine(to_small, transform.invert(np.indices(size).T.reshape(-1, 2)))
    x, y = sources.T.reshape(2, *size[::-1]).astype(np.float32)
    return cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=ground), transform


def _refuse_steep(found: Midline) -> Midline:
    return replace(found, reason=f"the text runs at {found.angle_deg:.0f}°, beyond {STEEPEST_DEG:.0f}°")


def find_text(mask: npt.NDArray[np.uint8]) -> tuple[Array, float, float]:
    """The inked pixels (n, 2) of what is most likely text, its rough angle in degrees, and its rough height."""
    none = np.zeros((0, 2)), 0.0, 0.0
    if mask.sum() < _FEWEST:
        return none
    longest = _STRAIGHT * measure_thickness(mask)
    for _ in range(2):  # once by thickness alone, then by the height found
        strokes = keep_thick(erase_lines(mask, longest))
        if strokes.sum() < _FEWEST:
            return none
        strokes = drop_small(strokes, 0.5 * _fit_roughly(_list_pixels(strokes))[2])
        if strokes.sum() < _FEWEST:
            return none
        points = _list_pixels(strokes)
        angle, middle, height = _fit_roughly(points)
        longest = min(longest, _LINE * height)
    _, across = _turn(points, -angle)
    return points[np.abs(across - middle) < 0.8 * height], angle, height


def _list_pixels(mask: npt.NDArray[np.uint8]) -> Array:
    return np.argwhere(mask)[:, ::-1].astype(np.float64)


def _turn(points: Array, angle_deg: float) -> tuple[Array, Array]:
    """x and y of points turned about the origin, clockwise on the screen."""
    c, s = cos(radians(angle_deg)), sin(radians(angle_deg))
    x, y = points.T
    return c * x - s * y, s * x + c * y


def _fit_roughly(points: Array) -> tuple[float, float, float]:
    """Angle, place across and height of the narrowest band that holds most of the points: least trimmed spread."""
    points = points[:: -(-len(points) // _COARSE_POINTS)]
    held = int(_HELD * (len(points) - 1))

    def measure(angle: float) -> tuple[float, float, float]:
        across = np.sort(_turn(points, -angle)[1])
        widths = across[held:] - across[: len(across) - held]
        start = int(widths.argmin())
        return float(widths[start]), angle, float(across[start] + across[start + held]) / 2

    _, near, _ = min(measure(float(angle)) for angle in range(-90, 90, 5))
    width, angle, middle = min(measure(near + by) for by in range(-4, 5))
    return angle, middle, max(4.0, width / _HELD)
