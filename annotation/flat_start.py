"""Proposals without a model: the stated string, evenly spread over the inked columns."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.images import Pixels
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alignment import make_flat_start
from fcn_captcha.maps.reading_order import find_order, reorder


@dataclass(frozen=True)
class Spread:
    """A string and where its characters may be.

    Attributes:
        text: in reading order.
        centres: (len(text), 2), x and y in pixels, in the order of ``text``.
        doubt: 0 where there is none, 1 where there is nothing else.
    """

    text: str
    centres: npt.NDArray[np.float64] = field(repr=False)
    doubt: float = 1.0


class Proposed(Protocol):
    """What a proposer says of an image."""

    @property
    def text(self) -> str: ...
    @property
    def centres(self) -> npt.NDArray[np.float64]: ...
    @property
    def doubt(self) -> float: ...


class Proposing(Protocol):
    """Whatever proposes centres for an image and, where it states one, its string."""

    def propose(self, image: Pixels, text: str | None) -> Proposed: ...


class FlatStart:
    """The flat start of forced alignment."""

    def propose(self, image: Pixels, text: str | None) -> Spread:
        text = text or ""
        ink, _ = Preprocess(polarity="either").apply(image)
        centres = make_flat_start(ink[:, :, 0], len(text))
        return Spread(text, centres[find_order(reorder(text))])
