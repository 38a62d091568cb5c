"""Strings in reading order and characters from left to right: the same but for right-to-left scripts.

A simple form of Unicode's bidirectional algorithm (UAX #9) that is its own inverse. A string that holds
a right-to-left character is turned round; then what reads from left to right between two such
characters is turned back: from its first to its last letter or digit as a whole if it holds a letter,
else each number, to which a single sign between two digits belongs, as in ``12.5``.
"""

import re
import unicodedata

_NUMBER = re.compile("d+(?:sd+)*")
_WORDS = re.compile("[ld](?:[lds ]*[ld])?")
_LETTERS = {"L": "l", "R": "r", "AL": "r", "EN": "d", "AN": "d", "ES": "s", "CS": "s"}


def find_order(text: str) -> list[int]:
    """The places of a string's characters, in the other of the two orders.

    ``"".join(text[i] for i in find_order(text))`` turns a string in reading order into its characters
    from left to right, as an image shows them, and the other way round.
    """
    kinds = "".join(_LETTERS.get(unicodedata.bidirectional(character), " ") for character in text)
    if "r" not in kinds:
        return list(range(len(text)))
    order = list(reversed(range(len(text))))
    for stretch in re.finditer("[^r]+", kinds):
        runs = _WORDS if "l" in stretch[0] else _NUMBER
        for run in runs.finditer(stretch[0]):
            start, end = stretch.start() + run.start(), stretch.start() + run.end()
            order[len(text) - end : len(text) - start] = range(start, end)
    return order


def reorder(text: str) -> str:
    """A string in reading order as its characters stand from left to right, and the other way round."""
    return "".join(text[i] for i in find_order(text))
