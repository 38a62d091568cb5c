"""The alphabet: which character has which channel of the centre maps."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fcn_captcha.maps.reading_order import reorder


@dataclass(frozen=True)
class Alphabet:
    """The characters a network knows, one channel each, in channel order.

    Raises ``ValueError`` if a character is stated twice or none is.
    """

    characters: str

    def __post_init__(self) -> None:
        if not self.characters:
            raise ValueError("alphabet: it must hold at least one character, got ''")
        twice = sorted({c for c in self.characters if self.characters.count(c) > 1})
        if twice:
            raise ValueError(f"alphabet: each character once, got {twice[0]!r} twice in {self.characters!r}")

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> "Alphabet":
        """All characters of ``texts``, sorted by code point."""
        return cls("".join(sorted(set().union(*texts))))

    @cached_property
    def _channels(self) -> dict[str, int]:
        return {character: channel for channel, character in enumerate(self.characters)}

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> npt.NDArray[np.intp]:
        """Channels of the characters of ``text`` from left to right, shape (len(text),).

        A string is in reading order; see :mod:`fcn_captcha.maps.reading_order` for right-to-left scripts.
        Raises ``ValueError`` naming the first character that the alphabet lacks.
        """
        for character in text:
            if character not in self._channels:
                raise ValueError(f"text {text!r}: character {character!r} is not in the alphabet {self.characters!r}")
        return np.array([self._channels[c] for c in reorder(text)], dtype=np.intp)

    def decode(self, channels: Iterable[int]) -> str:
        """The inverse of :meth:`encode`: a string in reading order."""
        return reorder("".join(self.characters[int(channel)] for channel in channels))
