"""Whether a confidence means something: how often what is so sure is right, and what it costs to read only the sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_BINS = 10
_COVERAGE = 0.9  # the part of the images that are read if the least sure tenth is left


@dataclass(frozen=True)
class Bin:
    """Readings of like confidence: their mean confidence, the share of them that is right, and how many."""

    confidence: float
    right: float
    count: int


@dataclass(frozen=True)
class Reliability:
    """What :func:`measure_reliability` finds.

    Attributes:
        calibration_error: the mean distance of confidence and share right over the bins, each by its count
            (expected calibration error; Guo et al., On calibration of modern neural networks, 2017).
        bins: ten of equal width, without those that are empty.
        coverage: (share of the images read, share of those right), where only readings from some
            confidence on are taken, from the surest to all.
    """

    calibration_error: float
    bins: tuple[Bin, ...]
    coverage: tuple[tuple[float, float], ...]

    @property
    def at_nine_tenths(self) -> float:
        """The share that is right of the surest nine tenths."""
        return next((right for read, right in self.coverage if read >= _COVERAGE), 0.0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "calibration_error": self.calibration_error,
            "bins": [(b.confidence, b.right, b.count) for b in self.bins],
            "exact_of_surest_90_percent": self.at_nine_tenths,
        }


def measure_reliability(confidences: Sequence[float], right: Sequence[bool]) -> Reliability:
    """Compares confidences, in [0, 1], with whether each reading was right. Raises ``ValueError`` for none."""
    if not confidences or len(confidences) != len(right):
        raise ValueError(f"confidences: as many as readings are needed, got {len(confidences)} and {len(right)}")
    sure, told = np.array(confidences, np.float64), np.array(right, np.float64)
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    bins = tuple(
        Bin(float(sure[place == b].mean()), float(told[place == b].mean()), int((place == b).sum()))
        for b in np.unique(place).tolist()
    )
    error = sum(abs(b.confidence - b.right) * b.count for b in bins) / len(sure)
    order = np.argsort(-sure, kind="stable")
    upto = np.cumsum(told[order]) / np.arange(1, len(order) + 1)
    # Readings that are equally sure are taken together.
    ends = np.flatnonzero(np.append(np.diff(sure[order]) != 0, True))
    coverage = tuple((float((i + 1) / len(order)), float(upto[i])) for i in ends.tolist())
    return Reliability(float(error), bins, coverage)
