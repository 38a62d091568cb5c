"""A network whose maps are the mean ink of 4×4 pixels, so that all that is made of them can be worked out by hand."""

from typing import TYPE_CHECKING

import numpy as np

from fcn_captcha.data.images import Pixels
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.inspection.view import View, look
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.config import ModelConfig

if TYPE_CHECKING:
    import keras

CONFIG = ModelConfig(Alphabet("7k"), Preprocess(), 0.4, 2.0, 4, "averaging")


def make_averaging() -> "keras.Model":
    """Maps: the mean ink for ``7``, three tenths of it for ``k``."""
    import keras

    ink = keras.Input((None, None, 1))
    mean = keras.layers.AveragePooling2D(4)(ink)
    maps = keras.layers.Conv2D(2, 1, use_bias=False, name="centre_maps")(mean)
    network = keras.Model(ink, maps)
    network.set_weights([np.array([1.0, 0.3], np.float32).reshape(1, 1, 1, 2)])
    return network


def draw_squares() -> Pixels:
    """30×70 pixels (no multiple of 4) with black 4×4 squares on the cells (3, 2) and (12, 4), (x, y)."""
    image = np.full((30, 70, 3), 255, np.uint8)
    image[8:12, 12:16] = 0
    image[16:20, 48:52] = 0
    return image


def look_at_squares() -> View:
    return look(make_averaging(), CONFIG, [draw_squares()])[0]
