"""Candidates for characters: the peaks of centre maps, how many characters each stands for, and where."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks
from scipy.special import ndtr

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
    # One row a channel, zeros between them: a single call finds the peaks of all.
    flat = np.pad(profile.T, ((0, 0), (1, 1))).ravel()
    at, found = find_peaks(flat, height=floor, prominence=floor * _RISE)
    at = at[found["prominences"] >= _RISE * flat[at]]
    at = np.delete(at, _find_repeats(flat, at))
    channels, columns = np.divmod(at, width + 2)
    return locate(scores, profile, (columns - 1).astype(np.intp), channels.astype(np.intp))


def _find_repeats(flat: Scores, at: Indices) -> list[int]:
    """Which of the peaks ``at`` are as high as the one before, without a valley between (prominence overlooks them)."""
    equal = np.flatnonzero(flat[at[1:]] == flat[at[:-1]]).tolist()
    return [i + 1 for i in equal if flat[at[i] : at[i + 1]].min() > (1 - _RISE) * flat[at[i]]]


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
    columns = np.clip(np.rint(found.cells[:, 0]), 0, len(profile) - 1).astype(np.intp)
    parts = [found]
    kept = np.ones(len(columns), dtype=bool)
    for i in np.flatnonzero(found.scores >= least):
        channel = found.channels[i]
        first, end = _find_bump(profile[:, channel], columns[i], columns[found.channels == channel])
        mass = scores[:, first:end, channel].sum(axis=0, dtype=np.float64)
        one = _measure_gaussian(found.cells[i], scores.shape[:2], sigmas_cells)
        count = int(mass.sum() / one + 1 - _NEXT)
        if count < 2:
            continue
        kept[i] = False
        edges = np.concatenate([[0], np.cumsum(mass)]) / mass.sum()
        x = first - 0.5 + np.interp((np.arange(count) + 0.5) / count, edges, np.arange(end - first + 1))
        twins = locate(scores, profile, np.rint(x).astype(np.intp), np.full(count, channel))
        parts.append(Candidates(np.column_stack([x, twins.cells[:, 1]]), twins.channels, twins.scores))
    if kept.all():
        return found
    parts[0] = Candidates(found.cells[kept], found.channels[kept], found.scores[kept])
    return join(parts)


def join(parts: list[Candidates]) -> Candidates:
    """All candidates, one part after the other."""
    return Candidates(
        np.concatenate([p.cells for p in parts]),
        np.concatenate([p.channels for p in parts]),
        np.concatenate([p.scores for p in parts]),
    )


def _find_bump(profile: Scores, at: int, peaks: Indices) -> tuple[int, int]:
    """The columns, first and behind the last, that belong to the peak at ``at`` and to none of the others."""
    low = np.flatnonzero(profile < _END * profile[at])
    first = int(low[low < at].max(initial=-1)) + 1
    end = int(low[low > at].min(initial=len(profile)))
    before, after = int(peaks[peaks < at].max(initial=-1)), int(peaks[peaks > at].min(initial=len(profile)))
    if before >= first:
        first = before + int(profile[before:at].argmin())
    if after < end:
        end = at + 1 + int(profile[at + 1 : after + 1].argmin())
    return first, end


def _measure_gaussian(centre: Array, shape: tuple[int, ...], sigmas_cells: tuple[float, float]) -> float:
    """The mass of one Gaussian of height 1 inside a map of this (height, width)."""
    sides = np.array(shape[1::-1])
    inside = ndtr((sides - 0.5 - centre) / sigmas_cells) - ndtr((-0.5 - centre) / sigmas_cells)
    return float(2 * np.pi * np.prod(sigmas_cells) * inside.prod())


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

    def log_score(y: Indices, x: Indices) -> Array:
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
