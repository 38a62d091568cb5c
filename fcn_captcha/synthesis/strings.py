"""Random strings, and what may be asked of a generator's settings."""

from typing import Any

import numpy as np

from fcn_captcha.console.ranges import parse_range
from fcn_captcha.synthesis.fonts import check_characters, find_fonts


def check_settings(generator: Any, **limits: tuple[float, float]) -> None:
    """Checks ``length``, ``alphabet`` and ``fonts`` of a generator, and that numbers lie within their limits.

    Raises ``ValueError``, naming the setting, the rule and the value.
    """
    check_length(generator.length)
    if not generator.alphabet or any(c.isspace() for c in generator.alphabet):
        raise ValueError(f"alphabet: at least one character and no blanks are needed, got {generator.alphabet!r}")
    for name, (low, high) in limits.items():
        value = getattr(generator, name)
        if not low <= value <= high:
            raise ValueError(f"{name}: it must lie in {low} to {high}, got {value}")
    check_characters(find_fonts(generator.fonts), generator.alphabet)


def check_length(length: str) -> None:
    """Raises ``ValueError`` where it is no range such as 5 or 4-6, or one from 0."""
    if parse_range(length)[0] < 1:
        raise ValueError(f"length: at least 1 is needed, got {length!r}")


def draw_string(length: str, alphabet: str, rng: np.random.Generator) -> str:
    """Characters of ``alphabet``, as many as ``length`` says, such as 5 or 4-6."""
    least, most = parse_range(length)
    return "".join(alphabet[i] for i in rng.integers(len(alphabet), size=rng.integers(least, most + 1)).tolist())
