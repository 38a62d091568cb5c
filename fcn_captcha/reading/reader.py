"""Files to readings."""

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from fcn_captcha.console.ranges import parse_range
from fcn_captcha.data.images import Pixels, convert_array, read_image, read_opened
from fcn_captcha.maps import geometry
from fcn_captcha.maps.decoding import Character, DecodingOptions, Peaks, Reading, find_text
from fcn_captcha.maps.reading_order import find_order, reorder
from fcn_captcha.maps.transform import Transform
from fcn_captcha.model.model_file import ModelConfig, read_model
from fcn_captcha.model.prediction import Predict, iterate_maps, make_predict, predict_maps

Readable = os.PathLike[str] | str | bytes | BinaryIO | Image.Image | npt.NDArray[np.generic]

_CHUNK = 256  # images that are held at once; of their maps no more than a batch


class Reader:
    """Reads images with one trained model.

    >>> reader = Reader.load("runs/first")      # a run's folder or a model file
    >>> reader.read("image.png").text           # a path, a file or its bytes, a Pillow image, an array
    """

    def __init__(self, predict: Predict, config: ModelConfig, options: DecodingOptions | None = None) -> None:
        self._predict = predict
        self.config = config
        self.options = options or config.options

    @classmethod
    def load(cls, path: Path | str, length: str | int | None = None, allowed: str | None = None) -> "Reader":
        """A reader of the model at ``path``.

        Args:
            path: a run's folder or a model file.
            length: how many characters to find, '5' or '4-6'; any number where None.
            allowed: the only characters to look for; the whole alphabet where None.

        Both change the search for the best string, they don't merely filter what it finds.
        Raises :class:`~fcn_captcha.data.errors.ModelFileError`, or ``ValueError`` for a bad argument.
        """
        network, config = read_model(path)
        return cls(make_predict(network), config, make_options(config, length, allowed))

    def with_options(self, options: DecodingOptions) -> "Reader":
        """A reader of the same model that turns maps into strings by other options."""
        return Reader(self._predict, self.config, options)

    def read(self, image: Readable) -> Reading:
        """What one image says.

        Args:
            image: a path, the bytes of an image file, a binary file, a Pillow image of any mode, or an
                array: uint8, (height, width) grey or (height, width, 3 or 4) RGB(A).

        Raises :class:`~fcn_captcha.data.errors.DataError`, naming the file, where it can't be read,
        ``TypeError`` for anything else.
        """
        return next(self.read_many([image]))

    def read_many(self, images: Iterable[Readable]) -> Iterator[Reading]:
        """What each image says, in order; images of one size are read together."""
        waiting = iter(images)
        while chunk := [self.config.preprocess.apply(load_pixels(i)) for i in islice(waiting, _CHUNK)]:
            readings: dict[int, Reading] = {}
            for i, scores in iterate_maps(self._predict, [ink for ink, _ in chunk], self.config.stride):
                readings[i] = make_reading(find_text(scores, self.options), self.config, chunk[i][1])
            yield from (readings[i] for i in range(len(chunk)))

    def make_maps(self, image: Readable) -> tuple[npt.NDArray[np.float32], Transform]:
        """One image's centre maps, and where they lie.

        Returns (height / stride, width / stride, alphabet) in [0, 1], and the map from pixels of
        ``image`` to cells. Raises as :meth:`read` does.
        """
        ink, to_ink = self.config.preprocess.apply(load_pixels(image))
        stride = self.config.stride
        return predict_maps(self._predict, [ink], stride)[0], to_ink.to_cells(stride)


def make_reading(peaks: Peaks, config: ModelConfig, to_ink: Transform) -> Reading:
    """Peaks in cells as a reading in pixels of the image as given."""
    points_px = geometry.cells_to_pixels(peaks.cells, config.stride)
    points = to_ink.invert(points_px)
    text = config.alphabet.decode(peaks.channels)
    order = find_order(reorder(text))  # peaks are from left to right, a reading is in its own order
    characters = tuple(
        Character(character, float(x), float(y), float(score))
        for character, (x, y), score in zip(text, points[order], peaks.scores[order], strict=True)
    )
    return Reading(text, peaks.confidence, characters)


def make_options(config: ModelConfig, length: str | int | None = None, allowed: str | None = None) -> DecodingOptions:
    """The model's options, narrowed to a length and to some characters."""
    options = config.options
    if length is not None:
        options = replace(options, lengths=parse_range(str(length)))
    if allowed is not None:
        if not allowed:
            raise ValueError("allowed: at least one character is needed, got ''")
        options = replace(options, allowed=tuple(config.alphabet.encode(allowed).tolist()))
    return options


def load_pixels(image: Readable) -> Pixels:
    """Whatever :meth:`Reader.read` takes as RGB, uint8, (height, width, 3). Raises as it does."""
    if isinstance(image, str | os.PathLike):
        return read_image(image)
    if isinstance(image, bytes | bytearray | memoryview):
        return read_image(io.BytesIO(image))
    if isinstance(image, Image.Image):
        return read_opened(image)
    if hasattr(image, "read") and not isinstance(image, io.TextIOBase):
        return read_image(cast(BinaryIO, image))
    if not hasattr(image, "__array__"):
        raise TypeError(
            "image: a path, the bytes of a file, a binary file, a Pillow image or an array is needed, "
            f"got {type(image).__name__}"
        )
    return convert_array(np.asarray(image))
