"""How sure a reader may be, by what it read on images that it did not learn from."""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from fcn_captcha.maps.calibration import Calibration, fit_line
from fcn_captcha.maps.decoding import Reading


def fit_calibration(texts: Sequence[str], readings: Sequence[Reading]) -> Calibration:
    """The calibration that makes probabilities of these readings' scores.

    Args:
        texts: the true strings.
        readings: by a reader that is not calibrated yet, in the same order.
    """
    strings = [(r.confidence, r.text == text) for text, r in zip(texts, readings, strict=True)]
    characters: list[tuple[float, bool]] = []
    for text, reading in zip(texts, readings, strict=True):
        right = find_right(text, reading.text)
        characters += [(c.score, told) for c, told in zip(reading.characters, right, strict=True)]
    return Calibration(_fit(strings), _fit(characters))


def find_right(text: str, read: str) -> list[bool]:
    """Which characters of ``read`` are those of ``text``, by the fewest changes from one to the other."""
    right = [False] * len(read)
    for block in Levenshtein.opcodes(read, text):
        if block.tag == "equal":
            right[block.src_start : block.src_end] = [True] * (block.src_end - block.src_start)
    return right


def _fit(scored: list[tuple[float, bool]]) -> tuple[float, float]:
    return fit_line([score for score, _ in scored], [right for _, right in scored])
