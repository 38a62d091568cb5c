"""The lines above and below a text, straight or bent, by robust least squares.

Each column's first and last ink are looked at; lines and dots that lie on the text weigh little.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.opencv import cv2
from fcn_captcha.maps.transform import Curve

Array = npt.NDArray[np.float64]

_NEAR, _AROUND = 0.1, 0.2  # columns that one stands for, for slope and height: to either side, in heights
_FAR = 1e6
_SCALES = (0.15, 0.15, 0.1, 0.1, 0.1, 0.1)  # of the residuals that weigh half, in heights of the text
_BENT_SCALES = (0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.1, 0.1, 0.1)  # as a bend takes the text far from a line at first
_SHORTEST = 3.0  # times its height: a bend of shorter text can't be told from characters that stand high or low
_COSTS = {1: 1.0, 2: 1 / 0.87, 3: 1 / 0.82}  # of a degree: by so much its fit must be better
_EXACT = 0.01  # cost that a fit to whole pixels can have: lower is no better
_STEEPEST = 1.0


class Band(NamedTuple):
    """Two parallel lines; x from ``first`` to ``last``, where text was found.

    ``middle`` is the y halfway between the lines and along the text, ``height`` the mean of the characters.
    """

    slope: float
    middle: float
    height: float
    first: float
    last: float


class _Edges(NamedTuple):
    """Of each column of text: its x, its first and last ink's y, and how high it is."""

    x: Array
    top: Array
    bottom: Array
    extent: Array


def fit_band(along: Array, across: Array, height: float) -> Band | None:
    """The straight band of inked pixels, given by x and y, whose text is about so high; None where there is none."""
    edges = _find_edges(along, across, height)
    if edges is None:
        return None
    x, top, bottom, extent = edges
    slope, above, below = _fit_parallel(x[:, None], top, bottom, height, _SCALES).tolist()
    extent = extent.clip(0, 1.7 * (below - above))
    middle = (above + below) / 2 + slope * (x[0] + x[-1]) / 2
    return Band(slope, middle, float(extent.mean()) + 0.5, float(x[0]), float(x[-1]))


def fit_curve(along: Array, across: Array, height: float) -> Curve | None:
    """The curve halfway between two lines of one shape about the text, of degree 2 or 3.

    None where the text is short, where a straight line fits about as well, and where the curve would be too steep.
    """
    edges = _find_edges(along, across, height)
    if edges is None:
        return None
    x, top, bottom, _ = edges
    middle, half = (x[0] + x[-1]) / 2, (x[-1] - x[0] + 1) / 2
    if 2 * half < _SHORTEST * height:
        return None
    found = []
    for degree, factor in _COSTS.items():
        powers = ((x - middle) / half)[:, None] ** np.arange(1, degree + 1)
        solution = _fit_parallel(powers, top, bottom, height, _BENT_SCALES)
        left = np.concatenate([top, bottom]) - _make_design(powers) @ solution
        cost = float(np.log1p((left / (_BENT_SCALES[-1] * height)) ** 2).mean())
        *coefficients, above, below = solution.tolist()
        found.append(
            (factor * (cost + _EXACT), degree, Curve(float(middle), float(half), ((above + below) / 2, *coefficients)))
        )
    _, degree, curve = min(found, key=lambda one: one[0])
    return None if degree == 1 or curve.steepness > _STEEPEST else curve


def _find_edges(along: Array, across: Array, height: float) -> _Edges | None:
    column = np.rint(along).astype(int)
    left = int(column.min())
    top, bottom = np.full((2, column.max() - left + 1), _FAR)
    np.minimum.at(top, column - left, across)
    np.minimum.at(bottom, column - left, -across)
    inked = top < _FAR
    upper, lower = _spread(top, _NEAR * height), -_spread(bottom, _NEAR * height)
    text = np.flatnonzero(inked & (lower - upper > 0.5 * height))
    if len(text) < 3:
        return None
    extent = -_spread(bottom, _AROUND * height)[text] - _spread(top, _AROUND * height)[text]
    return _Edges((text + left).astype(np.float64), upper[text], lower[text], extent)


def _spread(edge: Array, reach_px: float) -> Array:
    """The least of each column's surroundings, so that a slanting stroke counts as high as it is."""
    window = np.ones((1, 2 * max(1, round(reach_px)) + 1), np.uint8)
    return np.asarray(cv2.erode(edge[None], window)[0], np.float64)


def _make_design(powers: Array) -> Array:
    """What takes coefficients and both offsets to the upper line's y, and then the lower one's."""
    zeros, ones = np.zeros((len(powers), 1)), np.ones((len(powers), 1))
    return np.block([[powers, ones, zeros], [powers, zeros, ones]])


def _fit_parallel(powers: Array, top: Array, bottom: Array, height: float, scales: tuple[float, ...]) -> Array:
    """Coefficients of the columns of ``powers`` and both offsets, by iteratively reweighted least squares."""
    design, y = _make_design(powers), np.concatenate([top, bottom])
    solution = np.array([*np.zeros(powers.shape[1]), np.median(top), np.median(bottom)])
    for scale in scales:
        left = (y - design @ solution) / (scale * height)
        root = 1 / np.sqrt(1 + left**2)  # of Cauchy's weights
        solution = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    return solution
