"""The generated images of a training, one after the other, and how far it is in their stream."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import Checked, stream
from fcn_captcha.synthesis.characters import keep_spelled
from fcn_captcha.training.examples import Example


class Drawn:
    """A generator's endless stream, less the images that the alphabet can't spell.

    Attributes:
        position: the number of the next image in the stream; those left out have numbers, too.
    """

    def __init__(self, make: Checked, seed: int, alphabet: str, prepare: Callable[[Sample], Example]) -> None:
        self._make, self._seed, self._alphabet, self._prepare = make, seed, alphabet, prepare
        self.go_to(0)

    def go_to(self, position: int) -> None:
        """Goes on from the image of that number."""
        self.position = position
        self._samples = keep_spelled(self._count(stream(self._make, self._seed, position)), self._alphabet)

    def draw(self, count: int) -> list[Example]:
        """The next images. Raises as :func:`~fcn_captcha.synthesis.characters.keep_spelled` does."""
        return [replace(self._prepare(sample), augmented=False) for sample in islice(self._samples, count)]

    def _count(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        for sample in samples:
            self.position += 1
            yield sample
