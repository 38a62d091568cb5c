"""Centre maps to a reading: peaks, then the best string among them.

The rules:

* A candidate is a peak of one channel's profile (per column the best score over the rows)
  that rises by at least a seventh of its own height above the valleys beside it. Of a plateau
  the middle counts.
* A candidate's bump stands for as many characters as it has mass for, so "AA" is two, however
  close (:func:`~fcn_captcha.maps.peaks.split_twins`).
* A reading is a set of candidates from left to right, neighbours at least ``spacing_cells``
  apart. Each candidate brings logit(score) - logit(threshold); the reading with the largest
  sum wins. So a candidate below the threshold is never taken unless a length demands it, and
  of two at one place the stronger is, whatever their classes.
* A tie goes to the candidate further left, then to the lower channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fcn_captcha.maps.peaks import Candidates, find_candidates, join, locate, split_twins
from fcn_captcha.maps.targets import SIGMAS_CELLS

Array = npt.NDArray[np.float64]

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
class DecodingOptions:
    """How maps become a string. ``lengths`` is inclusive, ``None`` any length.

    ``sigmas_cells`` are the standard deviations, across and down, of the Gaussians that were trained.
    """

    threshold: float = 0.4
    spacing_cells: float = 2.0
    lengths: tuple[int, int] | None = None
    allowed: tuple[int, ...] | None = None  # channels; None is all
    sigmas_cells: tuple[float, float] = SIGMAS_CELLS

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


def find_text(scores: npt.NDArray[np.floating], options: DecodingOptions = DecodingOptions()) -> Peaks:
    """The best string in one image's centre maps, by the rules at the head of this module.

    Args:
        scores: (height, width, alphabet), in [0, 1].
        options: threshold, spacing, length and allowed channels, all part of the search.

    Returns:
        The chosen peaks. With ``lengths`` their number lies within them, or is the largest that
        the width has room for where that is less.
    """
    return _choose_peaks(_find_all(scores, options), options)


def find_texts(scores: npt.NDArray[np.floating], every: Sequence[DecodingOptions]) -> list[Peaks]:
    """What :func:`find_text` finds by each of these options; what those share that differ in spacing is done once."""
    shared: dict[DecodingOptions, _Found] = {}
    texts = []
    for options in every:
        alike = replace(options, spacing_cells=DecodingOptions.spacing_cells)
        if alike not in shared:
            shared[alike] = _find_all(scores, alike)
        texts.append(_choose_peaks(shared[alike], options))
    return texts


@dataclass(frozen=True)
class _Found:
    """All candidates from left to right, each with its gain, and whether it is a peak; the highest score there is."""

    candidates: Candidates
    gains: Array
    is_peak: npt.NDArray[np.bool_]
    highest: float


def _find_all(scores: npt.NDArray[np.floating], options: DecodingOptions) -> _Found:
    profile = scores.max(axis=0)  # (width, alphabet)
    if options.allowed is not None:
        mask = np.zeros(profile.shape[1], dtype=bool)
        mask[list(options.allowed)] = True
        profile = np.where(mask, profile, 0)
    floor = options.threshold if options.lengths is None else _FLOOR
    found = find_candidates(scores, profile, floor)
    found = split_twins(scores, profile, found, options.threshold, options.sigmas_cells)
    gains = _logit(found.scores) - _logit(options.threshold)
    peaks = len(gains)
    if options.lengths is not None:
        forced = _find_forced(scores, profile)
        gains = np.concatenate([gains, _logit(forced.scores) + _FORCED_LOGIT])
        found = join([found, forced])
    order = np.lexsort((found.channels, found.cells[:, 0]))
    candidates = Candidates(found.cells[order], found.channels[order], found.scores[order])
    return _Found(candidates, gains[order], order < peaks, float(profile.max(initial=0)))


def _choose_peaks(found: _Found, options: DecodingOptions) -> Peaks:
    cells, channels, values = found.candidates.cells, found.candidates.channels, found.candidates.scores
    chosen = _choose(cells[:, 0], found.gains, options)
    left_out = found.is_peak.copy()  # what is no peak at all was never a doubt
    left_out[chosen] = False
    doubts = np.concatenate([values[chosen], 1 - values[left_out]])
    if not len(chosen):
        doubts = np.append(doubts, 1 - found.highest)
    return Peaks(cells[chosen], channels[chosen], values[chosen], float(doubts.min(initial=1)))


def _logit(score: npt.ArrayLike) -> Array:
    score = np.clip(np.asarray(score, dtype=np.float64), 1e-7, 1 - 1e-7)
    result: Array = np.log(score) - np.log1p(-score)
    return result


def _find_forced(scores: npt.NDArray[np.floating], profile: npt.NDArray[np.floating]) -> Candidates:
    """The best channel of every column, so that any length can be met."""
    every = np.arange(len(profile), dtype=np.intp)
    return locate(scores, profile, every, profile.argmax(axis=1))


def _choose(x: Array, gains: Array, options: DecodingOptions) -> npt.NDArray[np.intp]:
    """Indices of the candidates (sorted by ``x``) with the largest sum of gains."""
    n = len(x)
    # before[i]: how many candidates lie far enough to the left of candidate i to precede it
    before = np.searchsorted(x, x - options.spacing_cells + 1e-9, side="right")
    if options.lengths is None:
        return _choose_any(gains, before)
    least, most = options.lengths
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
