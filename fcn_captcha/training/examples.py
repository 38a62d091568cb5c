"""Samples as the network meets them: prepared once, their centres moved while training."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.preprocessing import Ink, Preprocess
from fcn_captcha.data.samples import Sample
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.geometry import padded_size
from fcn_captcha.maps.reading_order import find_order
from fcn_captcha.maps.transform import Transform


@dataclass(frozen=True)
class Example:
    """A sample as the network meets it.

    Attributes:
        ink: float32, (height, width, channels), before padding.
        channels: (n,), of the string's characters.
        centres_px: (n, 2), x and y in pixels of ``ink``, or None while not yet found.
        known: whether the centres were given, and so stay.
        to_ink: the map from the image's pixels to those of ``ink``.
        augmented: whether it is changed anew each time it is shown; an endless stream needs none of it.
    """

    name: str
    ink: Ink
    channels: npt.NDArray[np.intp]
    centres_px: npt.NDArray[np.float64] | None
    known: bool
    to_ink: Transform
    augmented: bool = True


def prepare(sample: Sample, preprocess: Preprocess, alphabet: Alphabet) -> Example:
    """Raises ``ValueError``, naming the sample, for a character that the alphabet lacks."""
    try:
        channels = alphabet.encode(sample.text)
    except ValueError as error:
        raise ValueError(f"{sample.name}: {error}") from None
    ink, to_ink = preprocess.apply(sample.image)
    known = sample.centres is not None
    centres = None
    if sample.centres is not None:  # in the string's order; channels are from left to right
        centres = to_ink.apply(sample.centres[find_order(sample.text)])
    return Example(sample.name, ink, channels, centres, known, to_ink)


def check_width(sample: Sample, example: Example, stride: int) -> None:
    """Raises :class:`DataError` where an image has not a column of centre maps for each character.

    Args:
        stride: of the network, in pixels.
    """
    columns = padded_size(example.ink.shape[1], stride) // stride
    if len(sample.text) > columns:
        raise DataError(
            f"{sample.path or sample.name}: {len(sample.text)} characters can't fit into its {columns} columns, "
            f"one for each {stride} px of its width"
        )


def move_centres(example: Example, centres_px: npt.NDArray[np.float64]) -> Example:
    """The example with other centres. Raises ``ValueError`` where its own are known."""
    if example.known:
        raise ValueError(f"{example.name}: its centres are known and stay where they are")
    return replace(example, centres_px=centres_px)
