"""Readers whose network sees the same characters in every image: for tests of all that comes after the maps."""

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.geometry import pixels_to_cells
from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.reading.reader import Reader

STRIDE = 4


def make_fixed_reader(
    characters: str, seen: list[tuple[str, float, float, float]], preprocess: Preprocess = Preprocess()
) -> Reader:
    """``seen``: character, x and y in pixels of the network's input, and score, each."""
    alphabet = Alphabet(characters)

    def predict(ink: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        count, height, width = ink.shape[:3]
        maps = np.zeros((height // STRIDE, width // STRIDE, len(alphabet)), np.float32)
        for character, x, y, score in seen:
            place = [pixels_to_cells((x, y), STRIDE)]
            channel = characters.index(character)
            maps = np.maximum(maps, score * make_centre_maps(place, [channel], maps.shape))
        return np.repeat(maps[None], count, axis=0)

    return Reader(predict, ModelConfig(alphabet, preprocess, 0.4, 2.0, STRIDE, "residual"))
