"""The images of shards as an endless stream: every round shows each once, in an order of its own."""

import hashlib
from collections.abc import Callable

import numpy as np

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import Sample
from fcn_captcha.data.shards import Numbers, Shards
from fcn_captcha.training.examples import Example

_FAILED = 1000  # images in a row that can't be used


class ShardStream:
    """Images that are read when they are shown, so that no more than an epoch's are held.

    The order is a random permutation of all, not one of a buffer: an image is found wherever it lies.

    Attributes:
        position: how many images were taken, those that can't be used included.
    """

    def __init__(self, shards: Shards, numbers: Numbers, seed: int, make: Callable[[Sample], Example]) -> None:
        """``make`` prepares an image, or raises :class:`DataError` for one that is to be left out."""
        self._shards, self._numbers, self._seed, self._make = shards, numbers, seed, make
        self._round, self._order = -1, numbers
        self.position = 0

    def __len__(self) -> int:
        """How many images there are."""
        return len(self._numbers)

    @property
    def digest(self) -> str:
        """A hash of what there is and which of it is shown."""
        return hashlib.sha256(self._shards.digest.encode() + self._numbers.tobytes()).hexdigest()

    def take_problems(self) -> list[str]:
        """Lines about images that were left out since the last time."""
        return self._shards.problems.take()

    def go_to(self, position: int) -> None:
        """Goes on after so many images."""
        self.position = position

    def draw(self, count: int) -> list[Example]:
        """The next images. Raises :class:`DataError` where a thousand in a row, or all, can't be used."""
        found: list[Example] = []
        failed = 0
        while len(found) < count:
            number = self._next()
            try:
                found.append(self._make(self._shards.read(number)))
                failed = 0
            except DataError as error:
                failed += 1
                self._shards.problems.add(f"{error} (left out)")
                if failed >= min(_FAILED, len(self)):
                    raise DataError(f"{error}; so can't {failed:,} images in a row") from None
        return found

    def _next(self) -> int:
        round_, place = divmod(self.position, len(self))
        if round_ != self._round:
            self._round, self._order = round_, np.random.default_rng((self._seed, round_)).permutation(self._numbers)
        self.position += 1
        return int(self._order[place])
