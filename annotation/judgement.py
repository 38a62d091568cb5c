"""What a model says of an image and of the string that is stated for it."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from fcn_captcha.data.images import Pixels
from fcn_captcha.maps.alignment import find_centres
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import DecodingOptions, Peaks, find_text
from fcn_captcha.maps.peaks import Candidates, find_candidates, split_twins
from fcn_captcha.maps.reading_order import find_order, reorder
from fcn_captcha.maps.transform import Transform
from fcn_captcha.reading.reader import Reader

Array = npt.NDArray[np.float64]
Maps = npt.NDArray[np.float32]

_SURE = 0.999  # scores count as no surer than this, so that one character is worth two sure ones at most


@dataclass(frozen=True)
class Judgement:
    """The stated string against the reading.

    Attributes:
        read: the reading's string.
        centres: (n, 2), x and y in pixels of the image, of the stated string's characters in its order; None
            where it can't be aligned: a character that the model doesn't know, or more of them than columns.
        scores: (n,), of the maps there, 0 where it can't be aligned.
        log_odds: how much more likely another string is than the stated one, in nats; see :func:`judge`.
    """

    read: str
    centres: Array | None = field(repr=False)
    scores: Array = field(repr=False)
    log_odds: float

    @property
    def doubt(self) -> float:
        """How likely the stated string is wrong, in [0, 1], if it and one other are all there is."""
        return float(expit(self.log_odds))


def judge(reader: Reader, image: Pixels, text: str) -> Judgement:
    """Compares the string that is stated for an image with the best that a model reads.

    A peak's score is the probability that its character stands there, and at the model's threshold it is as
    likely as not. Taken as independent, they make the log odds of two strings the sum of logit(score) -
    logit(threshold) over the peaks of the one less that over the peaks of the other: what both have cancels, and
    a character that has no peak counts as all but impossible. The other string is the reading; where the reading
    is the stated string, it is the likeliest that lacks one of its characters or has another peak, instead of
    those that it leaves no room for. As the reading has the largest sum of all, the doubt is above one half just
    where it differs from the stated string, but for rounding.

    Args:
        reader: should not have been trained on the image.
        image: uint8, (height, width, 3), RGB.
        text: the stated string, in reading order.
    """
    maps, to_cells = reader.make_maps(image)
    peaks = find_text(maps, reader.options)
    read = reader.config.alphabet.decode(peaks.channels)
    found, options = _find_all(reader, maps), reader.options
    if read == text:
        log_odds = _find_next_best(found, peaks, options)
    else:
        best = _find_best_sum(found, reader.config.alphabet, text, options)
        log_odds = max(0.0, float(_weigh(peaks.scores, options).sum()) - best)
    cells = _align(reader, maps, peaks, text)
    if cells is None:
        return Judgement(read, None, np.zeros(len(text)), log_odds)
    scores = _find_scores(maps, cells, reader.config.alphabet.encode(text))[find_order(reorder(text))]
    return Judgement(read, move_to_image(cells, to_cells, text), scores, log_odds)


def move_to_image(cells: Array, to_cells: Transform, text: str) -> Array:
    """Places (n, 2) from left to right, in another frame, to those of ``text`` in its order, in the image.

    ``to_cells`` is the map from the image's pixels to that frame.
    """
    return to_cells.invert(cells)[find_order(reorder(text))]


def _align(reader: Reader, maps: Maps, peaks: Peaks, text: str) -> Array | None:
    """The cells (n, 2) of the stated characters from left to right."""
    alphabet = reader.config.alphabet
    if not set(text) <= set(alphabet.characters):
        return None
    # What was read tells how wide this image's characters are, whether or not it was read rightly.
    gap = float(np.median(np.diff(peaks.cells[:, 0]))) if len(peaks.cells) > 1 else None
    return find_centres(maps, alphabet.encode(text), gap)


def _find_scores(maps: Maps, cells: Array, channels: npt.NDArray[np.intp]) -> Array:
    height, width, _ = maps.shape
    x, y = np.clip(np.rint(cells).astype(np.intp), 0, (width - 1, height - 1)).T
    found: Array = maps[y, x, channels].astype(np.float64)
    return found


def _find_all(reader: Reader, maps: Maps) -> Candidates:
    """All peaks, however weak, from left to right."""
    options, profile = reader.options, maps.max(axis=0)
    found = find_candidates(maps, profile, 1 - _SURE)
    found = split_twins(maps, profile, found, options.threshold, options.sigmas_cells)
    order = np.argsort(found.cells[:, 0], kind="stable")
    return Candidates(found.cells[order], found.channels[order], found.scores[order])


def _find_best_sum(found: Candidates, alphabet: Alphabet, text: str, options: DecodingOptions) -> float:
    """The largest sum of weights of peaks that spell the string from left to right, in order."""
    x, gains = found.cells[:, 0], _weigh(found.scores, options)
    before = np.searchsorted(x, x - options.spacing_cells + 1e-9, side="right")
    lacking = float(_weigh([0], options)[0])
    best = np.zeros(len(x) + 1)  # best[j]: of the string so far, with the first j peaks
    for character in reorder(text):
        taken = np.where(found.channels == alphabet.characters.find(character), best[before] + gains, -np.inf)
        best = np.maximum(best + lacking, np.maximum.accumulate(np.concatenate([[-np.inf], taken])))
    return float(best[-1])


def _find_next_best(found: Candidates, read: Peaks, options: DecodingOptions) -> float:
    """The log odds of the likeliest string that differs from the reading in one peak."""
    near = np.abs(found.cells[:, :1] - read.cells[:, 0]) < options.spacing_cells  # (found, read)
    own = (near & (found.channels[:, None] == read.channels)).any(axis=1)
    gains = _weigh(read.scores, options)
    instead = _weigh(found.scores, options) - near @ gains
    return float(min(0.0, np.concatenate([instead[~own], -gains, _weigh([0], options)]).max()))


def _weigh(scores: npt.ArrayLike, options: DecodingOptions) -> Array:
    """What peaks add to the log odds of a string."""
    clipped = np.clip(np.asarray(scores, dtype=np.float64), 1 - _SURE, _SURE)
    weights: Array = logit(clipped) - logit(options.threshold)
    return weights
