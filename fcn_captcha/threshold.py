"""Choosing the threshold and the spacing on images kept back for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcn_captcha.alphabet import Alphabet
from fcn_captcha.centre_maps import WIDTHS_CELLS
from fcn_captcha.decoding import Rules, find_text
from fcn_captcha.metrics import measure

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)
SPACINGS_CELLS = (1.0, 1.5, 2.0, 2.5)
QUICK = ((0.3, 0.4, 0.5), (2.0,))  # enough to follow a training
_USUAL = Rules()


@dataclass(frozen=True)
class Choice:
    """The best rules and what they reach. ``curve`` holds (threshold, exact match) at their spacing."""

    rules: Rules
    exact: float
    characters: float
    curve: tuple[tuple[float, float], ...]


def choose_rules(
    read: Iterable[tuple[npt.NDArray[np.floating], str]],
    alphabet: Alphabet,
    widths_cells: tuple[float, float] = WIDTHS_CELLS,
    thresholds: Sequence[float] = THRESHOLDS,
    spacings_cells: Sequence[float] = SPACINGS_CELLS,
) -> Choice:
    """The rules with the best exact match, then character accuracy, then nearest to the usual ones.

    Args:
        read: centre maps and true strings, taken one by one, so that no more than one need be held.
    """

    def key(found: tuple[Rules, float, float]) -> tuple[float, float, float]:
        rules, exact, characters = found
        unusual = abs(rules.threshold - _USUAL.threshold) + abs(rules.spacing_cells - _USUAL.spacing_cells)
        return exact, characters, -unusual

    every = [Rules(t, s, widths_cells=widths_cells) for s in spacings_cells for t in thresholds]
    texts: list[str] = []
    readings: list[list[str]] = [[] for _ in every]
    for maps, text in read:
        texts.append(text)
        for rules, found in zip(every, readings, strict=True):
            found.append(alphabet.decode(find_text(maps, rules).channels))
    measured = [measure(texts, found) for found in readings]
    tried = [(rules, m.exact.value, m.characters) for rules, m in zip(every, measured, strict=True)]
    best, exact, characters = max(tried, key=key)
    curve = tuple((r.threshold, e) for r, e, _ in tried if r.spacing_cells == best.spacing_cells)
    return Choice(best, exact, characters, curve)
