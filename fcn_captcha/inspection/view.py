"""An image as the network takes it, its maps, and for each character read the part of them it was read from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.images import Pixels
from fcn_captcha.maps.decoding import Character, DecodingOptions, Peaks, Reading, find_text
from fcn_captcha.maps.peaks import find_bumps
from fcn_captcha.maps.reading_order import find_order, reorder
from fcn_captcha.maps.transform import Transform
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.prediction import make_input, make_predict, predict_maps
from fcn_captcha.reading.reader import Readable, load_pixels, make_reading

if TYPE_CHECKING:
    import keras

Maps = npt.NDArray[np.float32]

_BATCH_VALUES = 2**22  # of inputs and maps that are worked on at once


@dataclass(frozen=True)
class Detection:
    """A character that was read.

    Attributes:
        place: in the reading, from 0.
        character: with its place in pixels of the image as given.
        channel: of its map.
        columns: the first column of cells of its bump, and the one behind the last.
    """

    place: int
    character: Character
    channel: int
    columns: tuple[int, int]


@dataclass(frozen=True)
class View:
    """An image and what a network makes of it.

    Attributes:
        image: uint8, (height, width, 3), RGB, as given.
        ink: the network's input, float32, (height, width, channels), padded to its stride.
        to_ink: the map from pixels of ``image`` to pixels of ``ink``.
        maps: (rows, columns, alphabet).
        detections: a character of the reading each, in its order.
    """

    image: Pixels = field(repr=False)
    ink: Maps = field(repr=False)
    to_ink: Transform = field(repr=False)
    maps: Maps = field(repr=False)
    reading: Reading
    detections: tuple[Detection, ...]

    def make_mask(self, detection: Detection) -> Maps:
        """1 in the cells of the character's own map that belong to its bump, 0 elsewhere; of the maps' shape."""
        mask = np.zeros_like(self.maps)
        first, end = detection.columns
        mask[:, first:end, detection.channel] = 1
        return mask

    def find(self, wanted: str | None = None) -> list[Detection]:
        """The characters meant: ``3`` is the third of the reading, ``k`` every k, ``=3`` every 3, None all.

        Raises ``ValueError``, naming what there is, where none is meant.
        """
        if wanted is None:
            found = list(self.detections)
        elif wanted.isdecimal():
            found = [d for d in self.detections if d.place + 1 == int(wanted)]
        else:
            found = [d for d in self.detections if d.character.character == wanted.removeprefix("=")]
        if not found:
            text = self.reading.text
            if not text:
                raise ValueError("character: nothing was read in this image, so nothing can be explained")
            raise ValueError(
                f"character: a place from 1 to {len(text)} or a character of {text!r} (=3 for the digit 3) is needed, "
                f"got {wanted!r}"
            )
        return found


Case = tuple[View, Detection]


def iterate_groups(cases: Sequence[Case]) -> Iterator[tuple[list[int], list[Case]]]:
    """Characters whose inputs are of one size, as many as one batch holds, and their places among ``cases``."""
    by_size: dict[tuple[int, ...], list[int]] = {}
    for i, (view, _) in enumerate(cases):
        by_size.setdefault(view.ink.shape, []).append(i)
    for indices in by_size.values():
        view = cases[indices[0]][0]
        step = max(1, _BATCH_VALUES // (view.ink.size + view.maps.size))
        for start in range(0, len(indices), step):
            group = indices[start : start + step]
            yield group, [cases[i] for i in group]


def look(
    network: "keras.Model", config: ModelConfig, images: Sequence[Readable], options: DecodingOptions | None = None
) -> list[View]:
    """A view of each image, in order. Raises as :meth:`~fcn_captcha.reading.reader.Reader.read` does."""
    pixels = [load_pixels(image) for image in images]
    taken = [config.preprocess.apply(image) for image in pixels]
    maps = predict_maps(make_predict(network), [ink for ink, _ in taken], config.stride)
    views = []
    for image, (ink, to_ink), scores in zip(pixels, taken, maps, strict=True):
        peaks = find_text(scores, options or config.options)
        reading = make_reading(peaks, config, to_ink)
        padded = make_input([ink], config.stride)[0]
        views.append(View(image, padded, to_ink, scores, reading, _find_detections(peaks, reading, scores)))
    return views


def _find_detections(peaks: Peaks, reading: Reading, scores: Maps) -> tuple[Detection, ...]:
    order = find_order(reorder(reading.text))  # peaks are from left to right
    columns = np.clip(np.rint(peaks.cells[order, 0]), 0, scores.shape[1] - 1).astype(np.intp)
    channels = peaks.channels[order]
    bumps = zip(*find_bumps(scores.max(axis=0), columns, channels), strict=True)
    return tuple(
        Detection(place, character, int(channel), bump)
        for place, (character, channel, bump) in enumerate(zip(reading.characters, channels, bumps, strict=True))
    )
