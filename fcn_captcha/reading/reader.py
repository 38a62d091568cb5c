"""Files to readings."""

import io
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from fcn_captcha.console.ranges import parse_range
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import Pixels, convert_array, read_image, read_opened
from fcn_captcha.data.preprocessing import Ink
from fcn_captcha.maps import geometry
from fcn_captcha.maps.decoding import Character, DecodingOptions, Peaks, Reading, find_text
from fcn_captcha.maps.reading_order import find_order, reorder
from fcn_captcha.maps.transform import Transform
from fcn_captcha.model.bundled import find_bundled
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.model_file import ONNX_NAME, find_model, read_model
from fcn_captcha.model.onnx_file import OnnxPredict, read_onnx
from fcn_captcha.model.prediction import BATCH, SMALL_BATCH, Predict, iterate_maps, make_predict, predict_maps

Readable = os.PathLike[str] | str | bytes | BinaryIO | Image.Image | npt.NDArray[np.generic]

_CHUNK = 128  # images that are held at once by each job; of their maps no more than a batch
HELD_PX = 2**23  # of inputs, 32 MiB, beyond which fewer images are held


class Reader:
    """Reads images with one trained model. Many threads may use one reader at once.

    >>> reader = Reader.load()                  # or of a run's folder or a model file
    >>> reader.read("image.png").text           # a path, a file or its bytes, a Pillow image, an array
    """

    def __init__(self, predict: Predict, config: ModelConfig, options: DecodingOptions | None = None) -> None:
        self.predict = predict
        self.config = config
        self.options = options or config.options

    @classmethod
    def load(
        cls, path: Path | str | None = None, length: str | int | None = None, allowed: str | None = None
    ) -> "Reader":
        """A reader of the model at ``path``.

        Args:
            path: a run's folder, or a model file: ONNX, which ONNX Runtime reads, or Keras's own. The model
                that comes with the package where None; its card, ``models/general.md``, says what it reads.
            length: how many characters to find, '5' or '4-6'; any number where None.
            allowed: the only characters to look for; the whole alphabet where None.

        Both change the search for the best string, they don't merely filter what it finds.
        Raises :class:`~fcn_captcha.data.errors.ModelFileError`, or ``ValueError`` for a bad argument.
        """
        found = find_bundled() if path is None else find_model(path, ONNX_NAME)
        if found.suffix == ".onnx":
            predict, config = read_onnx(found)
            return cls(predict, config, make_options(config, length, allowed))
        network, config = read_model(found)
        return cls(make_predict(network), config, make_options(config, length, allowed))

    def with_options(self, options: DecodingOptions) -> "Reader":
        """A reader of the same model that turns maps into strings by other options."""
        return Reader(self.predict, self.config, options)

    def read(self, image: Readable) -> Reading:
        """What one image says.

        Args:
            image: a path, the bytes of an image file, a binary file, a Pillow image of any mode, or an
                array: uint8, (height, width) grey or (height, width, 3 or 4) RGB(A).

        Raises :class:`~fcn_captcha.data.errors.DataError`, naming the file, where it can't be read,
        ``TypeError`` for anything else.
        """
        return next(self.read_many([image]))

    def read_many(self, images: Iterable[Readable], jobs: int = 1) -> Iterator[Reading]:
        """What each image says, in order. Raises as :meth:`read` does, when an image's turn comes."""
        for reading in self.try_many(images, jobs):
            if isinstance(reading, Exception):
                raise reading
            yield reading

    def try_many(self, images: Iterable[Readable], jobs: int = 1) -> Iterator[Reading | DataError]:
        """What each image says, in order; of one that can't be read, the error instead.

        Args:
            images: as of :meth:`read`, of any sizes; a few hundred are taken at a time.
            jobs: processes that each read images of their own, of use from some hundred images on; a script
                that asks for more than one needs its ``if __name__ == "__main__"``. With one, all cores
                share each image.

        No reading depends on which other images are read with it. Raises ``TypeError`` as :meth:`read`
        does, ``ValueError`` for ``jobs`` below 1, or above 1 with a Keras model.
        """
        if jobs < 1:
            raise ValueError(f"jobs: at least 1 is needed, got {jobs}")
        waiting = iter(images)
        chunks = iter(lambda: list(islice(waiting, _CHUNK)), [])
        if jobs == 1:
            for chunk in chunks:
                yield from self.read_chunk(chunk)
            return
        with ProcessPoolExecutor(jobs, get_context("spawn"), _start_job, (self.for_job(),)) as pool:
            reading: deque[Future[list[Reading | DataError]]] = deque()
            try:
                for chunk in chunks:
                    reading.append(pool.submit(_read_in_job, chunk))
                    if len(reading) > 2 * jobs:
                        yield from reading.popleft().result()
                while reading:
                    yield from reading.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)

    def for_job(self) -> "Reader":
        """The same on one core, to be sent to another process or machine. Raises ``ValueError`` for a Keras model."""
        if not isinstance(self.predict, OnnxPredict):
            raise ValueError("jobs: more than 1 needs an ONNX model")
        return Reader(self.predict.with_threads(1), self.config, self.options)

    def read_chunk(self, images: list[Readable]) -> list[Reading | DataError]:
        """As :meth:`try_many`, all at once."""
        readings: dict[int, Reading | DataError] = {}
        prepared: dict[int, tuple[Ink, Transform]] = {}
        held_px = 0
        for i, image in enumerate(images):
            try:
                prepared[i] = self.config.preprocess.apply(load_pixels(image))
            except DataError as error:
                readings[i] = error
                continue
            held_px += prepared[i][0].size
            if held_px > HELD_PX:
                readings |= self._read_prepared(prepared)
                prepared, held_px = {}, 0
        readings |= self._read_prepared(prepared)
        return [readings[i] for i in range(len(images))]

    def _read_prepared(self, prepared: dict[int, tuple[Ink, Transform]]) -> dict[int, Reading]:
        batch_size = SMALL_BATCH if isinstance(self.predict, OnnxPredict) else BATCH
        places, inks = list(prepared), [ink for ink, _ in prepared.values()]
        readings = {}
        for k, scores in iterate_maps(self.predict, inks, self.config.stride, batch_size):
            peaks = find_text(scores, self.options)
            readings[places[k]] = make_reading(peaks, self.config, prepared[places[k]][1])
        return readings

    def make_maps(self, image: Readable) -> tuple[npt.NDArray[np.float32], Transform]:
        """One image's centre maps, and where they lie.

        Returns (height / stride, width / stride, alphabet) in [0, 1], and the map from pixels of
        ``image`` to cells. Raises as :meth:`read` does.
        """
        ink, to_ink = self.config.preprocess.apply(load_pixels(image))
        stride = self.config.stride
        return predict_maps(self.predict, [ink], stride)[0], to_ink.to_cells(stride)


_job: list[Reader] = []  # the reader of this process, where it is a job


def _start_job(reader: Reader) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked ends it
    _job.append(reader)


def _read_in_job(images: list[Readable]) -> list[Reading | DataError]:
    return _job[0].read_chunk(images)


def make_reading(peaks: Peaks, config: ModelConfig, to_ink: Transform) -> Reading:
    """Peaks in cells as a reading in pixels of the image as given."""
    points_px = geometry.cells_to_pixels(peaks.cells, config.stride)
    points = to_ink.invert(points_px)
    text = config.alphabet.decode(peaks.channels)
    order = find_order(reorder(text))  # peaks are from left to right, a reading is in its own order
    characters = tuple(
        Character(character, float(x), float(y), config.calibration.find_character(float(score)))
        for character, (x, y), score in zip(text, points[order], peaks.scores[order], strict=True)
    )
    return Reading(text, config.calibration.find_string(peaks.confidence), characters)


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
