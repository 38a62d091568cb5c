"""Decoding options: what each would read, and the best of them on images kept back for the choice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcn_captcha.evaluation.metrics import Measures, measure
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import DecodingOptions, find_texts
from fcn_captcha.maps.targets import SIGMAS_CELLS

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)
SPACINGS_CELLS = (1.0, 1.5, 2.0, 2.5)
QUICK = ((0.3, 0.4, 0.5), (2.0,))  # enough to follow a training
_USUAL = DecodingOptions()

LabelledMaps = Iterable[tuple[npt.NDArray[np.floating], str]]
"""Centre maps and true strings, taken one by one, so that no more than one need be held."""


@dataclass(frozen=True)
class Choice:
    """The best options and what they reach. ``curve`` holds (threshold, exact match) at their spacing."""

    options: DecodingOptions
    exact: float
    characters: float
    curve: tuple[tuple[float, float], ...]


def measure_options(labelled: LabelledMaps, alphabet: Alphabet, every: Sequence[DecodingOptions]) -> list[Measures]:
    """What each of the options reads in the same maps."""
    texts: list[str] = []
    readings: list[list[str]] = [[] for _ in every]
    for maps, text in labelled:
        texts.append(text)
        for peaks, found in zip(find_texts(maps, every), readings, strict=True):
            found.append(alphabet.decode(peaks.channels))
    return [measure(texts, found) for found in readings]


def choose_options(
    labelled: LabelledMaps,
    alphabet: Alphabet,
    sigmas_cells: tuple[float, float] = SIGMAS_CELLS,
    thresholds: Sequence[float] = THRESHOLDS,
    spacings_cells: Sequence[float] = SPACINGS_CELLS,
) -> Choice:
    """The options with the best exact match, then character accuracy, then nearest to the usual ones."""
    every = [DecodingOptions(t, s, sigmas_cells=sigmas_cells) for s in spacings_cells for t in thresholds]
    tried = list(zip(every, measure_options(labelled, alphabet, every), strict=True))

    def key(found: tuple[DecodingOptions, Measures]) -> tuple[float, float, float]:
        options, measures = found
        unusual = abs(options.threshold - _USUAL.threshold) + abs(options.spacing_cells - _USUAL.spacing_cells)
        return measures.exact.value, measures.characters, -unusual

    best, measures = max(tried, key=key)
    curve = tuple((r.threshold, m.exact.value) for r, m in tried if r.spacing_cells == best.spacing_cells)
    return Choice(best, measures.exact.value, measures.characters, curve)
