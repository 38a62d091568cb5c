"""Scores to probabilities: how often what scores so much is right.

By Platt's method (Probabilistic outputs for support vector machines, 1999): a line through the
logit of the score, fitted to what was right and wrong on images that the network did not learn from.
Few such images, all read rightly, don't make it claim certainty.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Line = tuple[float, float]

_USUAL: Line = (1.0, 0.0)  # as it is
_STEPS = 100
_PRIOR = 0.05  # weight of the slope's distance from 1: where all is right, nothing else holds it
_LARGEST_LOGIT = 12.0


@dataclass(frozen=True)
class Calibration:
    """Slope and shift of the logit, for the string and for each character."""

    string: Line = _USUAL
    character: Line = _USUAL

    def __post_init__(self) -> None:
        for f in fields(self):
            line = getattr(self, f.name)
            fine = isinstance(line, tuple) and len(line) == 2 and all(type(v) in (int, float) for v in line)
            if not fine or not np.isfinite(line).all() or line[0] <= 0:
                raise ValueError(f"{f.name}: a positive slope and a shift are needed, got {line!r}")

    @classmethod
    def from_dict(cls, record: Any) -> "Calibration":
        """From a model file. Raises ``ValueError``, naming the field, where it can't be."""
        names = {f.name for f in fields(cls)}
        if not isinstance(record, dict) or record.keys() != names:
            raise ValueError(f"a record of {' and '.join(sorted(names))} is needed, got {record!r:.80}")
        return cls(**{name: tuple(line) if isinstance(line, list) else line for name, line in record.items()})

    def find_string(self, score: float) -> float:
        """The probability that a string whose weakest decision scores so is right."""
        return _apply(self.string, score)

    def find_character(self, score: float) -> float:
        """The probability that a character of this score is right."""
        return _apply(self.character, score)


def fit_line(scores: npt.ArrayLike, right: npt.ArrayLike) -> Line:
    """Slope and shift that make probabilities of scores.

    Args:
        scores: (n,), in [0, 1].
        right: (n,), whether each was right.

    Returns (1, 0), which changes nothing, for no scores at all.
    """
    x = _find_logits(np.asarray(scores, np.float64))
    told = np.asarray(right, bool)
    if not len(x):
        return _USUAL
    # Platt's targets: as if one more of each kind had been seen.
    target = np.where(told, (told.sum() + 1) / (told.sum() + 2), 1 / ((~told).sum() + 2))
    line = np.array(_USUAL)
    rows = np.column_stack([x, np.ones_like(x)])
    for _ in range(_STEPS):  # Newton's method; the loss is convex
        p = 1 / (1 + np.exp(-rows @ line))
        gradient = rows.T @ (p - target) + (_PRIOR * (line[0] - 1), 0)
        curvature = rows.T @ (rows * (p * (1 - p))[:, None]) + np.diag([_PRIOR, 1e-9])
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, 2.0 / float(np.abs(step).max(initial=1e-12)))
        line = line - step
        if np.abs(step).max() < 1e-9:
            break
    return max(float(line[0]), 1e-3), float(line[1])


def _find_logits(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    scores = np.clip(scores, 1e-12, 1 - 1e-12)
    return np.asarray(np.clip(np.log(scores / (1 - scores)), -_LARGEST_LOGIT, _LARGEST_LOGIT))


def _apply(line: Line, score: float) -> float:
    if line == _USUAL:
        return score
    logit = line[0] * float(_find_logits(np.array(score))) + line[1]
    return float(1 / (1 + np.exp(-logit)))
