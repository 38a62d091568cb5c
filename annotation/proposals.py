"""Centres that are proposed: a person looks at them, and moves what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from annotation.judgement import judge, move_to_image
from fcn_captcha.data.images import Pixels
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alignment import make_flat_start
from fcn_captcha.reading.reader import Reader

Array = npt.NDArray[np.float64]

_ANY_INK = Preprocess(polarity="either")


@dataclass(frozen=True)
class Proposal:
    """A string and where its characters are.

    Attributes:
        text: in reading order.
        centres: (len(text), 2), x and y in pixels of the image, in the order of ``text``.
        scores: (len(text),), in [0, 1]: how sure the model is of each; 0 where there was none to ask.
        doubt: in [0, 1], how likely a person will find it wrong.
    """

    text: str
    centres: Array = field(repr=False)
    scores: Array = field(repr=False)
    doubt: float


class Proposer:
    """Proposes by a model, or without one by spreading the stated string evenly over the ink."""

    def __init__(self, reader: Reader | None) -> None:
        self._reader = reader

    def propose(self, image: Pixels, text: str | None) -> Proposal:
        """What to show a person first.

        Args:
            image: uint8, (height, width, 3), RGB.
            text: the string that is stated for it, in reading order; None where none is.

        With a stated string its characters are at the places that forced alignment finds, spread evenly where
        the model can't spell it or the image is too narrow. Without one it is the model's reading.
        """
        if self._reader is None:
            return _spread(image, text or "", 1.0)
        if text is None:
            return _read(self._reader, image)
        found = judge(self._reader, image, text)
        if found.centres is None:
            return _spread(image, text, found.doubt)
        return Proposal(text, found.centres, found.scores, found.doubt)


def rank(proposals: Mapping[str, Proposal]) -> list[str]:
    """The images' names, the most doubtful first; those of one doubt by name."""
    return sorted(proposals, key=lambda name: (-proposals[name].doubt, name))


def spread_centres(image: Pixels, text: str) -> Array:
    """Evenly over the inked columns, at the middle of the ink: (len(text), 2), x and y in pixels of ``image``.

    ``image`` is uint8, (height, width, 3), RGB; dark on light or light on dark.
    """
    ink, to_ink = _ANY_INK.apply(image)
    return move_to_image(make_flat_start(ink.max(axis=2), len(text)), to_ink, text)


def _spread(image: Pixels, text: str, doubt: float) -> Proposal:
    return Proposal(text, spread_centres(image, text), np.zeros(len(text)), doubt)


def _read(reader: Reader, image: Pixels) -> Proposal:
    reading = reader.read(image)
    centres = np.array([(c.x, c.y) for c in reading.characters], dtype=np.float64).reshape(-1, 2)
    scores = np.array([c.score for c in reading.characters], dtype=np.float64)
    return Proposal(reading.text, centres, scores, 1 - reading.confidence)
