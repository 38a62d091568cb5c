"""How strongly each input pixel along an axis reaches a cell: support, Gaussian, isolines."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import curve_fit

Array = npt.NDArray[np.float64]
ISOLINES = (0.35, 0.03)  # of the maximum, as in M. Vedenev's figures


@dataclass(frozen=True)
class Gaussian:
    """A fitted ``height · exp(-(x - centre)² / 2 sigma²)``; ``r2`` is the share of the variance that it explains."""

    centre_px: float
    sigma_px: float
    height: float
    r2: float

    def evaluate(self, places_px: npt.ArrayLike) -> Array:
        return _evaluate(np.asarray(places_px, dtype=np.float64), self.centre_px, self.sigma_px, self.height)


def _evaluate(places: Array, centre: float, sigma: float, height: float) -> Array:
    values: Array = height * np.exp(-((places - centre) ** 2) / (2 * sigma**2))
    return values


@dataclass(frozen=True)
class Profile:
    """Along one axis: the weight of each pixel for one cell.

    Attributes:
        start_px: the pixel of the first value; cell 0's field, so negative where that begins in the padding.
        values: (pixels,), 0 or more, not 0 at both ends.
    """

    start_px: int
    values: Array

    @property
    def support_px(self) -> int:
        """From the first pixel of any weight to the last."""
        return len(self.values)

    @property
    def places_px(self) -> Array:
        return self.start_px + np.arange(len(self.values), dtype=np.float64)

    @property
    def spread_px(self) -> float:
        """The standard deviation of the places by their weight."""
        weights = self.values / self.values.sum()
        mean = weights @ self.places_px
        return float(np.sqrt(weights @ (self.places_px - mean) ** 2))

    def fit_gaussian(self) -> Gaussian:
        """The nearest Gaussian by least squares, over the support and as far again to either side, where nothing is.

        Of fewer than five pixels, which leave the fit too free, the one of the same mean and spread.
        """
        top = float(self.values.max())
        scaled = np.pad(self.values / top, self.support_px)
        places = self.start_px - self.support_px + np.arange(len(scaled), dtype=np.float64)
        mean = float(scaled @ places / scaled.sum())
        found = Gaussian(mean, self.spread_px, top, float("nan"))
        if self.support_px >= 5:
            fitted, _ = curve_fit(_evaluate, places, scaled, (mean, self.spread_px, 1.0), maxfev=10_000)
            found = Gaussian(float(fitted[0]), abs(float(fitted[1])), float(fitted[2]) * top, float("nan"))
        return replace(found, r2=find_r2(scaled, found.evaluate(places) / top)) if found.sigma_px else found

    def find_isoline_px(self, level: float) -> int:
        """From the first pixel that weighs ``level`` of the maximum or more to the last."""
        inside = np.flatnonzero(self.values >= level * self.values.max())
        return int(inside[-1] - inside[0]) + 1


def make_profile(values: npt.ArrayLike, start_px: int) -> Profile:
    """Of all weights along an axis from ``start_px`` on, those between the first and last that are not 0.

    Raises ``ValueError`` where all are 0.
    """
    values = np.asarray(values, dtype=np.float64)
    inside = np.flatnonzero(values)
    if not len(inside):
        raise ValueError("profile: no pixel reaches the cell; all weights are 0")
    return Profile(start_px + int(inside[0]), values[inside[0] : inside[-1] + 1])


def find_r2(values: npt.ArrayLike, fitted: npt.ArrayLike) -> float:
    """The share of the values' variance that the fit explains; 1 is all."""
    values, fitted = np.asarray(values, dtype=np.float64), np.asarray(fitted, dtype=np.float64)
    total = np.sum((values - values.mean()) ** 2)
    return float(1 - np.sum((values - fitted) ** 2) / total) if total else float("nan")
