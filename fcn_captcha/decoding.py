"""Centre maps to a reading: peaks, then the best string among them.

The rules:

* A candidate is a peak of one channel's profile (per column the best score over the rows)
  that rises by at least a seventh of its own height above the valleys beside it, so that one
  broad bump is one character and "AA" is two. Of a plateau the middle counts.
* A reading is a set of candidates from left to right, neighbours at least ``spacing_cells``
  apart. Each candidate brings logit(score) - logit(threshold); the reading with the largest
  sum wins. So a candidate below the threshold is never taken unless a length demands it, and
  of two at one place the stronger is, whatever their classes.
* A tie goes to the candidate further left, then to the lower channel.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

Array = npt.NDArray[np.float64]

_RISE = 1 / 7
_FLOOR = 1e-4  # candidates weaker than this are not looked at
_FORCED_LOGIT = -14.0  # a place that is no peak at all is taken only if the length leaves no choice


@dataclass(frozen=True)
class Character:
    """One character that was read: where, in pixels of the image as given, and how sure, in [0, 1]."""

    character: str
    x: float
    y: float
    score: float


@dataclass(frozen=True)
class Reading:
    """What an image says.

    ``confidence`` is that of the least certain decision of all: the score of the weakest
    character that was read, or one minus the score of the strongest that was not.
    """

    text: str
    confidence: float
    characters: tuple[Character, ...]


@dataclass(frozen=True)
class Rules:
    """How maps become a string. ``lengths`` is inclusive, ``None`` any length."""

    threshold: float = 0.4
    spacing_cells: float = 2.0
    lengths: tuple[int, int] | None = None
    allowed: tuple[int, ...] | None = None  # channels; None is all

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold: it must lie between 0 and 1, got {self.threshold}")
        if self.spacing_cells <= 0:
            raise ValueError(f"spacing_cells: it must be positive, got {self.spacing_cells}")
        if self.lengths is not None and not 0 <= self.lengths[0] <= self.lengths[1]:
            raise ValueError(f"lengths: the least must not exceed the most, got {self.lengths}")


@dataclass(frozen=True)
class Peaks:
    """Chosen candidates from left to right: cells (n, 2) as (x, y), channels (n,), scores (n,)."""

    cells: Array
    channels: npt.NDArray[np.intp]
    scores: Array
    confidence: float


def refine_peaks(
    scores: npt.NDArray[np.floating],
    columns: npt.NDArray[np.intp],
    rows: npt.NDArray[np.intp],
    channels: npt.NDArray[np.intp],
) -> Array:
    """Sub-cell places of peaks by a parabola through the log scores, exact for a Gaussian.

    Shapes: ``scores`` (height, width, alphabet), the rest (n,). Returns (n, 2), x and y in cells,
    at most half a cell from where they started; at the border of the map they stay.
    """
    height, width, _ = scores.shape

    def log_score(y: npt.NDArray[np.intp], x: npt.NDArray[np.intp]) -> Array:
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        values = scores[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1), channels]
        result: Array = np.where(inside, np.log(np.maximum(values, 1e-6)), np.nan).astype(np.float64)
        return result

    here = log_score(rows, columns)

    def offset(before: Array, after: Array) -> Array:
        curvature = before - 2 * here + after
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = (before - after) / (2 * curvature)
        shift = np.where((curvature < 0) & np.isfinite(shift), shift, 0.0)
        return np.clip(shift, -0.5, 0.5)

    dx = offset(log_score(rows, columns - 1), log_score(rows, columns + 1))
    dy = offset(log_score(rows - 1, columns), log_score(rows + 1, columns))
    return np.column_stack([columns + dx, rows + dy])


def find_text(scores: npt.NDArray[np.floating], rules: Rules = Rules()) -> Peaks:
    """The best string in one image's centre maps, by the rules at the head of this module.

    Args:
        scores: (height, width, alphabet), in [0, 1].
        rules: threshold, spacing, length and allowed channels, all part of the search.

    Returns:
        The chosen peaks. With ``lengths`` their number lies within them, or is the largest that
        the width has room for where that is less.
    """
    profile = scores.max(axis=0)  # (width, alphabet)
    if rules.allowed is not None:
        mask = np.zeros(profile.shape[1], dtype=bool)
        mask[list(rules.allowed)] = True
        profile = np.where(mask, profile, 0)
    floor = rules.threshold if rules.lengths is None else _FLOOR
    columns, channels, values, gains = _find_candidates(profile, floor)
    gains = gains - _logit(rules.threshold)
    if rules.lengths is not None:
        columns, channels, values, gains = _add_forced(profile, columns, channels, values, gains)
    rows = scores[:, columns, channels].argmax(axis=0)
    cells = refine_peaks(scores, columns, rows, channels)
    order = np.lexsort((channels, cells[:, 0]))
    cells, channels, values, gains = cells[order], channels[order], values[order], gains[order]
    chosen = _choose(cells[:, 0], gains, rules)

    left_out = np.ones(len(values), dtype=bool)
    left_out[chosen] = False
    doubts = np.concatenate([values[chosen], 1 - values[left_out]])
    if not len(chosen):
        doubts = np.append(doubts, 1 - float(profile.max(initial=0)))
    return Peaks(cells[chosen], channels[chosen], values[chosen], float(doubts.min(initial=1)))


def _logit(score: npt.ArrayLike) -> Array:
    score = np.clip(np.asarray(score, dtype=np.float64), 1e-7, 1 - 1e-7)
    result: Array = np.log(score) - np.log1p(-score)
    return result


def _find_candidates(
    profile: npt.NDArray[np.floating], floor: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array, Array]:
    """Columns, channels, scores and logits of the peaks at or above ``floor``."""
    width = profile.shape[0]
    # One row a channel, zeros between them: a single call finds the peaks of all.
    flat = np.pad(profile.T, ((0, 0), (1, 1))).ravel()
    at, found = find_peaks(flat, height=floor, prominence=floor * _RISE)
    at = at[found["prominences"] >= _RISE * flat[at]]
    channels, columns = np.divmod(at, width + 2)
    values = flat[at].astype(np.float64)
    return (columns - 1).astype(np.intp), channels.astype(np.intp), values, _logit(values)


def _add_forced(
    profile: npt.NDArray[np.floating],
    columns: npt.NDArray[np.intp],
    channels: npt.NDArray[np.intp],
    values: Array,
    gains: Array,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array, Array]:
    """Adds the best channel of every column, far below all peaks, so that any length can be met."""
    every = np.arange(len(profile), dtype=np.intp)
    best = profile.argmax(axis=1)
    forced = profile[every, best].astype(np.float64)
    return (
        np.concatenate([columns, every]),
        np.concatenate([channels, best]),
        np.concatenate([values, forced]),
        np.concatenate([gains, _logit(forced) + _FORCED_LOGIT]),
    )


def _choose(x: Array, gains: Array, rules: Rules) -> npt.NDArray[np.intp]:
    """Indices of the candidates (sorted by ``x``) with the largest sum of gains."""
    n = len(x)
    # before[i]: how many candidates lie far enough to the left of candidate i to precede it
    before = np.searchsorted(x, x - rules.spacing_cells + 1e-9, side="right")
    if rules.lengths is None:
        return _choose_any(gains, before)
    least, most = rules.lengths
    # best[k][i]: the best sum of k of the first i candidates
    best = np.full((min(most, n) + 1, n + 1), -np.inf)
    best[0] = 0
    took = np.zeros(best.shape, dtype=bool)
    for k in range(1, len(best)):
        taking = best[k - 1][before] + gains
        best[k, 1:] = np.maximum.accumulate(taking)
        took[k, 1:] = taking > np.concatenate([[-np.inf], best[k, 1:-1]])
    totals = best[:, n]
    feasible = np.flatnonzero(np.isfinite(totals))
    within = feasible[feasible >= least]
    k = int(within[totals[within].argmax()]) if len(within) else int(feasible[-1])
    chosen: list[int] = []
    i = n
    while k > 0:
        while not took[k, i]:
            i -= 1
        chosen.append(i - 1)
        i, k = int(before[i - 1]), k - 1
    return np.array(chosen[::-1], dtype=np.intp)


def _choose_any(gains: Array, before: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    best = [0.0]
    took: list[bool] = []
    for gain, start in zip(gains.tolist(), before.tolist(), strict=True):
        taking = best[start] + gain
        took.append(taking > best[-1])
        best.append(max(taking, best[-1]))
    chosen: list[int] = []
    i = len(took)
    while i > 0:
        if took[i - 1]:
            chosen.append(i - 1)
            i = int(before[i - 1])
        else:
            i -= 1
    return np.array(chosen[::-1], dtype=np.intp)
