"""What a model says of an image and of the string that is stated for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.images import Pixels
from fcn_captcha.maps import geometry
from fcn_captcha.maps.alignment import find_centres
from fcn_captcha.maps.decoding import Peaks, find_text
from fcn_captcha.maps.reading_order import find_order, reorder
from fcn_captcha.reading.reader import Reader

Array = npt.NDArray[np.float64]

_SURE = 0.999  # scores count as no surer than this, so that one character is worth two sure ones at most
_REACH = 1  # cells around a place in which its character's score is looked for


@dataclass(frozen=True)
class Judgement:
    """The stated string against the reading.

    Attributes:
        read: the reading's string.
        centres: (n, 2), x and y in pixels of the image, of the stated string's characters in its order; None
            where it can't be aligned: a character that the model doesn't know, or more of them than columns.
        scores: (n,), of the stated characters there, 0 where it can't be aligned.
        log_odds: how much more likely another string is than the stated one, in nats; see :func:`judge`.
    """

    read: str
    centres: Array | None = field(repr=False)
    scores: Array = field(repr=False)
    log_odds: float

    @property
    def doubt(self) -> float:
        """How likely the stated string is wrong, in [0, 1], if it and one other are all there is."""
        return float(1 / (1 + np.exp(-self.log_odds)))


def judge(reader: Reader, image: Pixels, text: str) -> Judgement:
    """Compares the string that is stated for an image with the best that a model reads.

    A cell's score is the probability that its character stands there. Taken as independent, they make the
    log odds of two strings the sum of logit(score) over the characters of the one less that over the other:
    what both have cancels. The other string is the reading; where the reading is the stated string, it
    is the one that differs in the least certain decision, so that the doubt is 1 - confidence.

    Args:
        reader: should not have been trained on the image.
        image: uint8, (height, width, 3), RGB.
        text: the stated string, in reading order.
    """
    maps, to_cells = reader.make_maps(image)
    peaks = find_text(maps, reader.options)
    read = reader.config.alphabet.decode(peaks.channels)
    cells, scores = _align(reader, maps, peaks, text)
    centres = None if cells is None else move_to_image(cells, to_cells, text)
    order = find_order(reorder(text))
    log_odds = (
        -float(_logit([peaks.confidence])[0])
        if read == text
        else float(_logit(peaks.scores).sum() - _logit(scores).sum())
    )
    return Judgement(read, centres, scores[order], log_odds)


def move_to_image(cells: Array, to_cells: Array, text: str) -> Array:
    """Places (n, 2) from left to right, in another frame, to those of ``text`` in its order, in the image.

    ``to_cells`` is the 2×3 affine map from the image's pixels to that frame.
    """
    return geometry.apply_affine(geometry.invert_affine(to_cells), cells)[find_order(reorder(text))]


def _align(reader: Reader, maps: npt.NDArray[np.float32], peaks: Peaks, text: str) -> tuple[Array | None, Array]:
    """Cells and scores of the stated characters from left to right."""
    alphabet = reader.config.alphabet
    if not set(text) <= set(alphabet.characters):
        return None, np.zeros(len(text))
    channels = alphabet.encode(text)
    # What was read tells how wide this image's characters are, whether or not it was read rightly.
    gap = float(np.median(np.diff(peaks.cells[:, 0]))) if len(peaks.cells) > 1 else None
    cells = find_centres(maps, channels, gap)
    if cells is None:
        return None, np.zeros(len(text))
    return cells, _find_scores(maps, cells, channels)


def _find_scores(maps: npt.NDArray[np.float32], cells: Array, channels: Iterable[int]) -> Array:
    scores = []
    for (x, y), channel in zip(np.rint(cells).astype(int), channels, strict=True):
        around = maps[max(0, y - _REACH) : y + _REACH + 1, max(0, x - _REACH) : x + _REACH + 1, channel]
        scores.append(float(around.max(initial=0)))
    return np.array(scores, dtype=np.float64)


def _logit(scores: npt.ArrayLike) -> Array:
    clipped = np.clip(np.asarray(scores, dtype=np.float64), 1 - _SURE, _SURE)
    result: Array = np.log(clipped) - np.log1p(-clipped)
    return result
