"""A reader without a network: maps are the ink itself. For tests of all that does not depend on what is read."""

import numpy as np

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.prediction import Maps
from fcn_captcha.reading.reader import Reader

STRIDE = 4


def make_shaded_reader(preprocess: Preprocess | None = None) -> Reader:
    """Reads 'a' where an image is inked and 'b' where there is half as much."""
    return Reader(shade, ModelConfig(Alphabet("ab"), preprocess or Preprocess(), 0.4, 2.0, STRIDE, "residual"))


def shade(ink: Maps) -> Maps:
    count, height, width, _ = ink.shape
    cells = ink.reshape(count, height // STRIDE, STRIDE, width // STRIDE, STRIDE).mean(axis=(2, 4))
    return np.stack([cells, cells / 2], axis=-1)
