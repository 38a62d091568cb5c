"""A model that levels its images says where characters are in pixels of the image as given."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps import geometry
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.model_file import read_model, write_model
from fcn_captcha.model.network import make_network
from fcn_captcha.model.prediction import Maps
from fcn_captcha.reading.reader import Reader

CONFIG = ModelConfig(  # widths so large that no bump is taken for two characters
    Alphabet("#"), Preprocess(scale=0.8, text_height_px=28), 0.4, 2.0, 4, "residual", (20.0, 20.0)
)


def draw_blocks(angle_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Five blocks on a line that is turned, and their middles."""
    image = np.full((160, 220, 3), 255, np.uint8)
    middles = np.array([(30.0 + 40 * i, 79.5) for i in range(5)])
    for x, y in middles:
        image[int(y - 11.5) : int(y + 12.5), int(x - 9) : int(x + 10)] = 0
    matrix = cv2.getRotationMatrix2D((109.5, 79.5), -angle_deg, 1)
    turned = cv2.warpAffine(image, matrix, (220, 160), borderValue=(255, 255, 255))
    return turned, geometry.apply_affine(matrix, middles)


def see_blocks(ink: Maps) -> Maps:
    """As maps, how dark the surroundings of each cell are: highest at the middle of a block."""
    soft = np.stack([cv2.GaussianBlur(one, (0, 0), 5) for one in ink[:, :, :, 0]])
    batch, height, width = soft.shape
    cells = soft.reshape(batch, height // 4, 4, width // 4, 4).mean(axis=(2, 4))
    return np.asarray(cells[:, :, :, None] / cells.max(), np.float32)


@pytest.mark.parametrize("angle", [-28, -10, 0, 17, 30])
def test_characters_lie_where_they_are_in_the_image(angle: float) -> None:
    image, middles = draw_blocks(angle)
    reading = Reader(see_blocks, CONFIG).read(image)
    assert reading.text == "#####"
    found = np.array([(c.x, c.y) for c in reading.characters])
    np.testing.assert_allclose(found, middles, atol=2.0)


def test_characters_of_bent_text_lie_where_they_are_in_the_image() -> None:
    image, middles = draw_blocks(0)
    columns, rows = np.meshgrid(np.arange(220, dtype=np.float32), np.arange(160, dtype=np.float32))
    sources = np.asarray(rows - find_sag(columns), np.float32)
    bent = np.asarray(cv2.remap(image, columns, sources, cv2.INTER_LINEAR, borderValue=(255, 255, 255)), np.uint8)
    middles = middles + np.column_stack([np.zeros(5), find_sag(middles[:, 0])])
    config = replace(CONFIG, preprocess=replace(CONFIG.preprocess, straighten=True))
    assert config.preprocess.apply(bent)[1].curve is not None
    reading = Reader(see_blocks, config).read(bent)
    assert reading.text == "#####"
    np.testing.assert_allclose([(c.x, c.y) for c in reading.characters], middles, atol=2.0)
    maps, to_cells = Reader(see_blocks, config).make_maps(bent)
    x, y = to_cells.apply(middles).round().astype(int).T
    assert maps[y, x, 0].min() > 0.6
    assert np.ptp(y) <= 1


def find_sag(x: np.ndarray) -> np.ndarray:
    return 22 * ((x - 109.5) / 90) ** 2


def test_maps_lie_where_the_text_is() -> None:
    image, middles = draw_blocks(20)
    maps, to_cells = Reader(see_blocks, CONFIG).make_maps(image)
    x, y = to_cells.apply(middles).round().astype(int).T
    assert maps[y, x, 0].min() > 0.6
    assert maps.shape[:2] == (16, maps.shape[1])


def test_a_model_file_keeps_the_levelling(tmp_path: Path) -> None:
    write_model(tmp_path / "m.keras", make_network("residual", 1, 1), CONFIG)
    _, config = read_model(tmp_path / "m.keras")
    assert config.preprocess == CONFIG.preprocess
    image, middles = draw_blocks(12)
    (ink, to_ink), (expected, expected_map) = config.preprocess.apply(image), CONFIG.preprocess.apply(image)
    np.testing.assert_array_equal(ink, expected)
    np.testing.assert_array_equal(to_ink.apply(middles), expected_map.apply(middles))
