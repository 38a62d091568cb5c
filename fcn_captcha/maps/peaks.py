"""Candidates for characters: the peaks of centre maps, how many characters each stands for, and where."""

from dataclasses import dataclass
from math import erf, pi, sqrt

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Scores = npt.NDArray[np.floating]

_RISE = 1 / 7
_END = 0.05  # a bump ends where it has fallen to this part of its height
_NEXT = 0.6  # of another Gaussian's mass make another character; lone ones were found to vary by less


@dataclass(frozen=True)
class Candidates:
    """Places where a character may be: cells (n, 2) as (x, y), channels (n,), scores (n,)."""

    cells: Array
    channels: Indices
    scores: Array


def find_candidates(scores: Scores, profile: Scores, floor: float) -> Candidates:
    """The peaks at or above ``floor`` that rise by a seventh of their height above the valleys beside them.

    Of equally high ones with no such valley between them it is the first.

    Args:
        scores: (height, width, alphabet), in [0, 1].
        profile: (width, alphabet), the best of each column.
    """
    width = profile.shape[0]
    # One row a channel, zeros between them: one pass finds the peaks of all.
    flat = np.pad(profile.T, ((0, 0), (1, 1))).ravel()
    at = _find_risen(flat, floor)
    channels, columns = np.divmod(at, width + 2)
    return locate(scores, profile, (columns - 1).astype(np.intp), channels.astype(np.intp))


def _find_risen(flat: Scores, floor: float) -> Indices:
    """Indices of the peaks of a row that begins and ends with 0; of a plateau the middle."""
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))  # of runs of one value
    runs = flat[starts]
    tops = 1 + np.flatnonzero((runs[1:-1] >= floor) & (runs[1:-1] > runs[:-2]) & (runs[1:-1] > runs[2:]))
    if not len(tops):
        return tops
    middles = (starts[tops] + starts[tops + 1] - 1) // 2
    valleys = np.minimum.reduceat(runs, tops)[:-1].tolist()  # between each and the next
    heights = runs[tops].tolist()
    risen = [
        _falls(heights, valleys, i, -1, repeats=False) and _falls(heights, valleys, i, 1, repeats=True)
        for i in range(len(tops))
    ]
    return np.asarray(middles[risen], np.intp)


def _falls(heights: list[float], valleys: list[float], i: int, step: int, repeats: bool) -> bool:
    """Whether the ground beside a peak falls far enough before a higher peak or, without ``repeats``, an equal one."""
    height = heights[i]
    while 0 <= i + step < len(heights):
        if valleys[i if step > 0 else i - 1] <= (1 - _RISE) * height:
            return True
        i += step
        if heights[i] > height or (heights[i] == height and not repeats):
            return False
    return True


def locate(scores: Scores, profile: Scores, columns: Indices, channels: Indices) -> Candidates:
    """Candidates at these columns (n,) of these channels (n,), each in its best row."""
    rows = scores[:, columns, channels].argmax(axis=0)
    cells = refine_peaks(scores, columns, rows, channels)
    return Candidates(cells, channels, profile[columns, channels].astype(np.float64))


def split_twins(
    scores: Scores, profile: Scores, found: Candidates, least: float, sigmas_cells: tuple[float, float]
) -> Candidates:
    """Each candidate as often as its bump has mass for.

    A map is what the network expects of Gaussians of known mass, summed over all places where they
    may lie. So a bump with twice the mass is two equal characters side by side, however flat, and one
    whose place is unsure is broad but no heavier than one. (Counting by the sum of a density map:
    Lempitsky and Zisserman, Learning to count objects in images, 2010.)

    Args:
        scores, profile: as of :func:`find_candidates`.
        least: candidates below it stay as they are.
        sigmas_cells: standard deviations of the Gaussians, across and down.

    Returns the same and, where a bump is several characters, these in its place: each in the middle of
    its share of the mass.
    """
    looked_at = np.flatnonzero(found.scores >= least)
    columns = np.clip(np.rint(found.cells[:, 0]), 0, len(profile) - 1).astype(np.intp)
    firsts, ends = find_bumps(profile, columns, found.channels)
    masses = scores[:, :, found.channels].sum(axis=0, dtype=np.float64)  # (width, n)
    upto = np.vstack([np.zeros(len(columns)), masses.cumsum(axis=0)])
    places: list[Array] = []
    channels: list[Indices] = []
    kept = np.ones(len(columns), dtype=bool)
    for i in looked_at.tolist():
        first, end = firsts[i], ends[i]
        one = _measure_gaussian(found.cells[i].tolist(), scores.shape[:2], sigmas_cells)
        count = int((upto[end, i] - upto[first, i]) / one + 1 - _NEXT)
        if count < 2:
            continue
        kept[i] = False
        edges = (upto[first : end + 1, i] - upto[first, i]) / (upto[end, i] - upto[first, i])
        places.append(first - 0.5 + np.interp((np.arange(count) + 0.5) / count, edges, np.arange(end - first + 1)))
        channels.append(np.full(count, found.channels[i]))
    if kept.all():
        return found
    x = np.concatenate(places)
    twins = locate(scores, profile, np.rint(x).astype(np.intp), np.concatenate(channels))
    twins = Candidates(np.column_stack([x, twins.cells[:, 1]]), twins.channels, twins.scores)
    return join([Candidates(found.cells[kept], found.channels[kept], found.scores[kept]), twins])


def join(parts: list[Candidates]) -> Candidates:
    """All candidates, one part after the other."""
    return Candidates(
        np.concatenate([p.cells for p in parts]),
        np.concatenate([p.channels for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )


def find_bumps(profile: Scores, columns: Indices, channels: Indices) -> tuple[list[int], list[int]]:
    """The columns, first and behind the last, that belong to each peak (n,) and to none of the others."""
    width = len(profile)
    of_peak = profile[:, channels]
    low = of_peak < _END * of_peak[columns, np.arange(len(columns))]
    every = np.arange(width)[:, None]
    firsts = (np.where(low & (every < columns), every, -1).max(axis=0, initial=-1) + 1).tolist()
    ends = np.where(low & (every > columns), every, width).min(axis=0, initial=width).tolist()
    # Two peaks of one channel in one bump part at the lowest column between them.
    for i in range(len(columns)):
        for j in np.flatnonzero(channels == channels[i]).tolist():
            at, other = int(columns[i]), int(columns[j])
            if firsts[i] <= other < at:
                firsts[i] = max(firsts[i], other + int(profile[other:at, channels[i]].argmin()))
            elif at < other < ends[i]:
                ends[i] = min(ends[i], at + 1 + int(profile[at + 1 : other + 1, channels[i]].argmin()))
    return firsts, ends


def _measure_gaussian(centre: list[float], shape: tuple[int, ...], sigmas_cells: tuple[float, float]) -> float:
    """The mass of one Gaussian of height 1 inside a map of this (height, width)."""
    mass = 1.0
    for middle, size, sigma in zip(centre, shape[1::-1], sigmas_cells, strict=True):
        reach = sigma * sqrt(2)
        mass *= sigma * sqrt(pi / 2) * (erf((size - 0.5 - middle) / reach) + erf((0.5 + middle) / reach))
    return mass


def refine_peaks(
    scores: Scores,
    columns: Indices,
    rows: Indices,
    channels: Indices,
) -> Array:
    """Sub-cell places of peaks by a parabola through the log scores, exact for a Gaussian.

    Shapes: ``scores`` (height, width, alphabet), the rest (n,). Returns (n, 2), x and y in cells,
    at most half a cell from where they started; at the border of the map they stay.
    """
    height, width, _ = scores.shape
    x = columns + _find_tops([scores[rows, np.clip(columns + d, 0, width - 1), channels] for d in (-1, 0, 1)]) * (
        (columns > 0) & (columns < width - 1)
    )
    y = rows + _find_tops([scores[np.clip(rows + d, 0, height - 1), columns, channels] for d in (-1, 0, 1)]) * (
        (rows > 0) & (rows < height - 1)
    )
    return np.column_stack([x, y])


def _find_tops(around: list[Scores]) -> Array:
    """Where parabolas through the logs of three scores in a row, each (n,), are highest, from the middle ones."""
    before, here, after = np.log(np.maximum(np.asarray(around, np.float64), 1e-6))
    curvature = before - 2 * here + after
    tops: Array = np.where(curvature < 0, (before - after) / np.where(curvature < 0, 2 * curvature, 1), 0)
    return tops.clip(-0.5, 0.5)
