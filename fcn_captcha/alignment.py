"""Forced alignment: centre maps and the known string give the centres.

The Viterbi training of speech recognition: the network's own maps say where the characters
of the known string are, and those places are what it learns next.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fcn_captcha.decoding import refine_peaks

Array = npt.NDArray[np.float64]

_FLOOR = 1e-6  # a score of 0 must not forbid a place
_GAP_SPREAD = 0.4  # of the logarithm of the gaps between neighbours
_BUMP_WEIGHT = 10.0


def make_flat_start(ink: npt.NDArray[np.floating], length: int) -> Array:
    """Centres evenly spaced along the inked columns, at the middle of the inked rows.

    Args:
        ink: (height, width), 0 where there is background.
        length: how many centres.

    Returns:
        (length, 2), x and y in the pixels of ``ink``; a blank image counts as inked throughout.
    """
    height, width = ink.shape
    spans = []
    for profile, size in ((ink.sum(axis=0), width), (ink.sum(axis=1), height)):
        # Columns with a tenth of the fullest column's ink: lines and dots reach further than text.
        inked = np.flatnonzero(profile > 0.1 * profile.max()) if profile.max() > 0 else np.array([0, size - 1])
        spans.append((inked[0] - 0.5, inked[-1] + 0.5))
    (left, right), (top, bottom) = spans
    x = left + (right - left) * (np.arange(length) + 0.5) / max(length, 1)
    return np.column_stack([x, np.full(length, (top + bottom) / 2)])


def find_centres(
    scores: npt.NDArray[np.floating], channels: npt.NDArray[np.intp], pitch_cells: float | None = None
) -> Array | None:
    """The places that explain the known string best.

    Per column the best score over the rows counts. Dynamic programming finds the strictly
    increasing columns with the largest sum of log scores, less two penalties that matter while the
    network is unsure: for a gap between neighbours far from the usual one, and for two equal
    neighbours on one bump of their map, where each should have its own. Rows are the best of
    their column.

    Args:
        scores: (height, width, alphabet), in [0, 1].
        channels: (n,), the string's channels from left to right.
        pitch_cells: the usual distance between neighbours in this image; width / n where None.

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
    gap_gains = _make_gap_gains(width, pitch_cells or width / n)

    best = gains[0]  # best[x]: of the string so far, its last character at column x
    origins = []
    for i in range(1, n):
        step = best[:, None] + gap_gains
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


@lru_cache(maxsize=256)
def _gap_gains_of(width: int, tenths: int) -> Array:
    gaps = np.arange(width, dtype=np.float64) - np.arange(width, dtype=np.float64)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = -((np.log(gaps / (tenths / 10)) / _GAP_SPREAD) ** 2) / 2
    return np.where(gaps >= 1, gains, -np.inf)


def _make_gap_gains(width: int, pitch_cells: float) -> Array:
    """(width, width): what it brings to follow a character at one column with one at another."""
    return _gap_gains_of(width, max(10, round(10 * pitch_cells)))


def _make_bump_penalty(log_scores: Array) -> Array:
    """(width, width): how much less than a halving the scores dip between two columns, in nats."""
    width = len(log_scores)
    between = np.where(np.triu(np.ones((width, width), dtype=bool)), log_scores[None, :], np.inf)
    valley = np.minimum.accumulate(between, axis=1)
    lower = np.minimum(log_scores[:, None], log_scores[None, :])
    penalty = _BUMP_WEIGHT * np.maximum(0, valley - lower + np.log(2))
    return np.where(np.isfinite(penalty), penalty, 0)
