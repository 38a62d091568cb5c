"""Forced alignment: centre maps and the known string give the centres.

The Viterbi training of speech recognition: the network's own maps say where the characters
of the known string are, and those places are what it learns next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsqr

from fcn_captcha.maps.peaks import refine_peaks

Array = npt.NDArray[np.float64]

_FLOOR = 0.01  # scores below are alike: a network that memorised a wrong place must not be too sure of it
_BUMP_WEIGHT = 10.0
_HOLD = 5.0  # pairs that a class must be seen in to move its half half-way from the usual one
_LEAST_SPREAD_CELLS = 0.5  # of gaps; no font is more regular than the cells can show
_REACH = 0.45  # how far towards its neighbours a character's ink is looked at
_FAINT = 0.3  # ink weaker than this is background


def make_flat_start(ink: npt.NDArray[np.floating], length: int) -> Array:
    """Centres evenly spaced along the inked columns, at the heights of :func:`find_heights`.

    Args:
        ink: (height, width), 0 where there is background.
        length: how many centres.

    Returns:
        (length, 2), x and y in the pixels of ``ink``; a blank image counts as inked throughout.
    """
    # Lines and dots reach further than text but hold less ink, once smoothed over part of a character.
    profile = uniform_filter1d(ink.sum(axis=0, dtype=np.float64), max(1, len(ink) // 6), mode="constant")
    inked = np.flatnonzero(profile > 0.25 * profile.max()) if profile.max() > 0 else np.arange(len(profile))
    left, right = inked[0] - 0.5, inked[-1] + 0.5
    x = left + (right - left) * (np.arange(length) + 0.5) / max(length, 1)
    return np.column_stack([x, find_heights(ink, x)])


def find_heights(ink: npt.NDArray[np.floating], x: Array) -> Array:
    """The vertical middle of the ink around each of the columns ``x`` (n,), in pixels, shape (n,).

    From half-way to the neighbour on the left to half-way to that on the right; the middle between
    the rows that a twelfth of the ink lies above and below, so that a thin line across counts little.
    """
    height, width = ink.shape
    gaps = np.diff(x, prepend=x[:1] - _usual_gap(x, width), append=x[-1:] + _usual_gap(x, width))
    heights = np.empty(len(x))
    for i in range(len(x)):
        first = max(0, min(width - 1, round(x[i] - _REACH * gaps[i])))
        window = ink[:, first : max(first + 1, round(x[i] + _REACH * gaps[i + 1]) + 1)]
        mass = np.cumsum(np.where(window > _FAINT, window, 0).sum(axis=1))
        if mass[-1] == 0:
            heights[i] = (height - 1) / 2
            continue
        heights[i] = np.searchsorted(mass, np.array([1, 11]) * mass[-1] / 12).mean()
    return heights


def _usual_gap(x: Array, width: int) -> float:
    return float(np.diff(x).mean()) if len(x) > 1 else width / 2


@dataclass(frozen=True)
class Halves:
    """How far each class of characters reaches to the left and to the right of its centres, in cells.

    Attributes:
        left, right: (classes,); the gap between neighbours a and b is about right[a] + left[b].
        spread: the standard deviation of gaps around that.
    """

    left: Array
    right: Array
    spread: float

    def expect_gaps(self, channels: npt.NDArray[np.intp]) -> Array:
        """The gaps in a string, shape (n - 1,), in cells."""
        return self.right[channels[:-1]] + self.left[channels[1:]]

    def find_offsets(self, channels: npt.NDArray[np.intp]) -> Array:
        """How far to the right of its character's middle each centre lies, shape (n,), in cells."""
        return (self.left[channels] - self.right[channels]) / 2


def estimate_halves(
    centres_cells: Sequence[Array], channels: Sequence[npt.NDArray[np.intp]], classes: int
) -> Halves | None:
    """Least squares over all pairs of neighbours, robust to misplaced ones; None if there are no pairs.

    A network may settle for any fixed point of a character, its stem, say, and alignment would keep
    it there. But the gaps tell both halves of each class, whatever points were settled for, and the
    middle lies where the halves are equal. What pairs can't tell, a shift of everything, stays as
    it is: the mean offset is 0.
    """
    gaps = np.concatenate([np.diff(c[:, 0]) for c in centres_cells])
    if not len(gaps):
        return None
    before = np.concatenate([c[:-1] for c in channels])
    after = np.concatenate([c[1:] for c in channels])
    usual = float(np.median(gaps))
    # Unknowns: right halves, then left ones, as differences from half the usual gap. The rows below
    # the pairs hold them there where pairs say little.
    rows = np.concatenate([np.arange(len(gaps))] * 2 + [len(gaps) + np.arange(2 * classes)])
    columns = np.concatenate([before, classes + after, np.arange(2 * classes)])
    held = np.full(2 * classes, np.sqrt(_HOLD))
    matrix = csr_array(
        (np.concatenate([np.ones(2 * len(gaps)), held]), (rows, columns)), shape=(len(gaps) + 2 * classes, 2 * classes)
    )
    wanted = np.concatenate([gaps - usual, np.zeros(2 * classes)])
    weights = np.ones(len(wanted))
    for _ in range(3):
        found = lsqr(matrix * weights[:, None], wanted * weights, atol=1e-6, btol=1e-6)[0]
        errors = np.abs(wanted - matrix @ found)[: len(gaps)]
        spread = 1.4826 * float(np.median(errors))
        weights[: len(gaps)] = np.sqrt(np.minimum(1, 1.5 * (spread + 1e-6) / np.maximum(errors, 1e-9)))
    # What the pairs were fitted with, they can't show in their errors.
    seen = np.concatenate([np.bincount(before, minlength=classes), np.bincount(after, minlength=classes)])
    fitted = float((seen / (seen + _HOLD)).sum())
    spread *= np.sqrt(len(gaps) / max(1.0, len(gaps) - fitted))
    right, left = found[:classes] + usual / 2, found[classes:] + usual / 2
    counts = np.bincount(np.concatenate(channels), minlength=classes)
    shift = float(((left - right) / 2 * counts).sum() / counts.sum())
    return Halves(left - shift, right + shift, max(spread, _LEAST_SPREAD_CELLS))


def find_centres(
    scores: npt.NDArray[np.floating],
    channels: npt.NDArray[np.intp],
    gaps_cells: npt.ArrayLike | None = None,
    spread_cells: float | None = None,
) -> Array | None:
    """The places that explain the known string best.

    Per column the best score over the rows counts. Dynamic programming finds the strictly
    increasing columns with the largest sum of log scores, less two penalties that matter while the
    network is unsure: for a gap between neighbours far from the one expected, and for two equal
    neighbours on one bump of their map, where each should have its own. Rows are the best of
    their column.

    Args:
        scores: (height, width, alphabet), in [0, 1].
        channels: (n,), the string's channels from left to right.
        gaps_cells: the gaps expected between neighbours, (n - 1,) or one for all; width / n where None.
        spread_cells: their standard deviation; two fifths of the gap where None.

    Returns:
        (n, 2), x and y in cells, or None where the string has more characters than there are columns.
    """
    _, width, _ = scores.shape
    n = len(channels)
    if n == 0:
        return np.zeros((0, 2))
    if n > width:
        return None
    own = scores[:, :, channels]
    gains = np.log(np.maximum(own.max(axis=0), _FLOOR)).T.astype(np.float64)  # (n, width)
    expected = np.broadcast_to(np.asarray(width / n if gaps_cells is None else gaps_cells, np.float64), (n - 1,))
    gaps = np.arange(width) - np.arange(width)[:, None]  # from a column to another

    best = gains[0]  # best[x]: of the string so far, its last character at column x
    origins = []
    for i in range(1, n):
        spread = spread_cells or max(0.4 * float(expected[i - 1]), _LEAST_SPREAD_CELLS)
        step = best[:, None] + np.where(gaps >= 1, -(((gaps - expected[i - 1]) / spread) ** 2) / 2, -np.inf)
        if channels[i] == channels[i - 1]:
            step = step - _make_bump_penalty(gains[i])
        origins.append(step.argmax(axis=0))
        best = step.max(axis=0) + gains[i]
    columns = np.empty(n, dtype=np.intp)
    columns[-1] = int(best.argmax())
    for i in range(n - 1, 0, -1):
        columns[i - 1] = origins[i - 1][columns[i]]
    columns = _climb(gains, columns)
    rows = own[:, columns, np.arange(n)].argmax(axis=0)
    return refine_peaks(scores, columns, rows, channels)


def _climb(gains: Array, columns: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Each column moved up its own bump: the gaps decide which bump it is, not where on it."""
    n, width = gains.shape
    climbed = columns.copy()
    for i in range(n):
        at = climbed[i]
        while at + 1 < width and gains[i, at + 1] > gains[i, at]:
            at += 1
        while at > 0 and gains[i, at - 1] > gains[i, at]:
            at -= 1
        climbed[i] = at
    return climbed if (np.diff(climbed) > 0).all() else columns


def _make_bump_penalty(log_scores: Array) -> Array:
    """(width, width): how much less than a halving the scores dip between two columns, in nats."""
    width = len(log_scores)
    between = np.where(np.triu(np.ones((width, width), dtype=bool)), log_scores[None, :], np.inf)
    valley = np.minimum.accumulate(between, axis=1)
    lower = np.minimum(log_scores[:, None], log_scores[None, :])
    penalty = _BUMP_WEIGHT * np.maximum(0, valley - lower + np.log(2))
    return np.where(np.isfinite(penalty), penalty, 0)
