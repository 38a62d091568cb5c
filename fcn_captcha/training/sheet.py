"""A few images of the validation part, as the network reads them on the way."""

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.data.images import Pixels
from fcn_captcha.maps.decoding import DecodingOptions
from fcn_captcha.reading.drawing import draw_reading
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.finished_reader import make_config
from fcn_captcha.training.loop import Loop

_IMAGES = 6
_COLUMNS = 2
_GAP_PX = 24  # right of each
_MOST_WIDE_PX = 1000


def draw_sheet(loop: Loop, threshold: float) -> Pixels:
    """The first images, each with its reading now; where that is wrong, with its string beside it.

    Returns RGB, uint8, (height, width, 3).
    """
    samples = loop.dataset.parts.validation[:_IMAGES]
    reader = Reader(loop.validation.predict, make_config(loop.dataset, loop.settings, DecodingOptions(threshold)))
    readings = reader.read_many(sample.image for sample in samples)
    pictures = [
        np.asarray(draw_reading(sample.image, reading, sample.text))
        for sample, reading in zip(samples, readings, strict=True)
    ]
    return _arrange(pictures)


def _arrange(pictures: list[npt.NDArray[np.uint8]]) -> Pixels:
    """In columns on white, all made smaller together."""
    height, width = (max(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    width += _GAP_PX
    rows = -(-len(pictures) // _COLUMNS)
    sheet = np.full((rows * height, _COLUMNS * width, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = height * (i // _COLUMNS), width * (i % _COLUMNS)
        sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    scale = min(1.0, _MOST_WIDE_PX / sheet.shape[1])
    return np.asarray(cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
