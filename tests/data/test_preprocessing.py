from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fcn_captcha.data.preprocessing import (
    LARGEST_ENLARGED_PX,
    Preprocess,
    describe_blank,
    find_preprocess,
    measure_distance,
)
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.settings import Settings


def make_image(ink: int, paper: int, height: int = 40, width: int = 101) -> np.ndarray:
    image = np.full((height, width, 3), paper, np.uint8)
    image[10:20, 30:50] = ink
    return image


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (180, 220), (60, 20)])
def test_ink_is_one_and_background_zero_whatever_the_colours(ink: int, paper: int) -> None:
    image = make_image(ink, paper)
    preprocess = find_preprocess([image])
    assert preprocess.polarity == ("dark" if ink < paper else "light")
    for setting in (preprocess, Preprocess(polarity="either")):
        made, _ = setting.apply(image)
        assert made.dtype == np.float32
        assert made.shape == (40, 101, 1)
        assert made[15, 40, 0] == pytest.approx(1)
        assert made[0, 0, 0] == 0


def test_mixed_images_are_decided_one_by_one() -> None:
    assert find_preprocess([make_image(0, 255), make_image(255, 0)]).polarity == "either"


def test_a_blank_image_stays_blank_and_faint_noise_faint() -> None:
    assert not Preprocess().apply(np.full((9, 9, 3), 77, np.uint8))[0].any()
    noisy = np.random.default_rng(0).integers(126, 129, (40, 40, 3)).astype(np.uint8)
    assert Preprocess().apply(noisy)[0].max() < 0.2


@pytest.mark.parametrize(("height", "scale"), [(50, 1), (64, 1), (128, 0.5), (1000, 0.064)])
def test_tall_images_are_scaled_down(height: int, scale: float) -> None:
    assert find_preprocess([make_image(0, 255, height)]).scale == pytest.approx(scale)


def test_images_of_many_heights_are_scaled_to_one_and_those_of_one_height_by_one_factor() -> None:
    mixed = [make_image(0, 255, height) for height in (40, 50, 60, 80)]
    found = find_preprocess(mixed)
    assert found.height_px == 55
    for image in mixed:
        ink, to_ink = found.apply(image)
        assert ink.shape[0] == 55
        corner = to_ink.apply([(100.5, image.shape[0] - 0.5)])
        assert corner == pytest.approx(np.array([[ink.shape[1] - 0.5, 54.5]]))
    assert find_preprocess([make_image(0, 255, height) for height in (50, 51, 52)]).height_px is None


def test_ink_is_by_colour_where_that_is_asked_for() -> None:
    yellow = np.full((40, 60, 3), 255, np.uint8)
    yellow[10:20, 10:40] = (255, 255, 0)
    assert find_preprocess([yellow], grey="luminance").grey == "luminance"
    found = find_preprocess([yellow], grey="colour")
    assert found.apply(yellow)[0][15, 20, 0] == 1


@pytest.mark.parametrize("height", [7, 1025, 64.0])
def test_a_height_that_can_not_be_is_named(height: Any) -> None:
    with pytest.raises(ValueError, match=r"height_px: .* got"):
        Preprocess(height_px=height)


@given(st.floats(0.2, 3))
def test_the_map_says_where_the_ink_went(scale: float) -> None:
    made, to_ink = Preprocess(scale=scale).apply(make_image(0, 255))
    rows, columns = np.indices(made.shape[:2])
    weight = made[:, :, 0] / made.sum()
    ((x, y),) = to_ink.apply([(39.5, 14.5)])
    assert (columns * weight).sum() == pytest.approx(x, abs=0.5)
    assert (rows * weight).sum() == pytest.approx(y, abs=0.5)


@pytest.mark.parametrize(
    "bad",
    [{"scale": 0}, {"scale": 9}, {"polarity": "red"}, {"grey": "blue"}, {"text_height_px": 3}, {"straighten": True}],
)
def test_bad_settings_are_named(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Preprocess(**bad)


RED, GREEN = (200, 0, 0), (0, 102, 0)  # equally bright


def make_coloured(ink: tuple[int, int, int], paper: tuple[int, int, int]) -> np.ndarray:
    image = np.full((40, 101, 3), paper, np.uint8)
    image[10:20, 30:50] = ink
    return image


@pytest.mark.parametrize(("ink", "paper"), [(RED, GREEN), (GREEN, RED)])
def test_ink_as_bright_as_its_ground_is_found_by_its_colour(
    ink: tuple[int, int, int], paper: tuple[int, int, int]
) -> None:
    image = make_coloured(ink, paper)
    assert not Preprocess().apply(image)[0].any()
    preprocess = find_preprocess([image])
    assert preprocess.grey == "colour"
    expected = np.zeros((40, 101), np.float32)
    expected[10:20, 30:50] = 1
    np.testing.assert_allclose(preprocess.apply(image)[0][:, :, 0], expected, atol=1e-6)
    for polarity in ("light", "either"):
        np.testing.assert_array_equal(
            Preprocess(polarity=polarity, grey="colour").apply(image)[0], preprocess.apply(image)[0]
        )
    halved, to_ink = Preprocess(scale=0.5, grey="colour").apply(image)
    assert halved.shape == (20, 50, 1)
    assert halved[7, 20, 0] == 1
    assert to_ink.matrix[1, 1] == 0.5


def test_the_distance_is_that_of_the_farthest_channel() -> None:
    distance = measure_distance(make_coloured((10, 90, 250), (30, 40, 240)))
    assert (distance[0, 0], distance[15, 40]) == (0, 50)


@pytest.mark.parametrize("coloured", [0, 9])
def test_colour_is_looked_at_only_where_many_images_are_blank_in_grey(coloured: int) -> None:
    images = [make_coloured(RED, GREEN)] * coloured + [make_image(0, 255)] * (100 - coloured)
    found = find_preprocess(images)
    assert found == Preprocess(scale=1.0, polarity="dark")
    said = describe_blank(images, found)
    assert said == (["9 % of the images are blank in grey though not in colour: can't be read"] if coloured else [])


def test_what_is_blank_is_said() -> None:
    images = [make_coloured(RED, GREEN)] * 12 + [make_image(0, 255)] * 80 + [make_image(120, 120)] * 8
    found = find_preprocess(images)
    assert found.grey == "colour"
    assert describe_blank(images, found) == [
        "12 % of the images are blank in grey though not in colour: so ink is what differs in colour from the ground",
        "8 % of the images are blank, of one colour or nearly so: can't be read",
    ]


def test_a_folder_blank_in_grey_is_said_before_training_and_has_ink(tmp_path: Path) -> None:
    for number in range(40):
        image = make_coloured(RED, GREEN)
        image[25, number] = RED  # no two alike
        Image.fromarray(image).save(tmp_path / f"ab-{number}.png")
    dataset = make_dataset(Settings(data=str(tmp_path)))
    assert any(p.startswith("100 % of the images are blank in grey though not in colour") for p in dataset.problems)
    assert all(example.ink.max() == 1 for example in dataset.real)


def test_settings_of_an_older_model_file_load() -> None:
    assert Preprocess.from_dict({"scale": 0.5, "ink": "light"}) == Preprocess(0.5, "light", "luminance", None)
    levelled = Preprocess.from_dict({"scale": 0.5, "polarity": "dark", "text_height_px": 28.0})
    assert not levelled.straighten


def test_no_thin_image_is_made_a_thousand_times_its_size() -> None:
    image = np.full((4, 200_000, 3), 255, np.uint8)
    ink, to_ink = Preprocess(height_px=64).apply(image)
    assert LARGEST_ENLARGED_PX * 0.9 < ink.size < LARGEST_ENLARGED_PX * 1.1
    np.testing.assert_allclose(to_ink.invert(np.array([[ink.shape[1] - 0.5, 0]]))[0, 0], 200_000 - 0.5, rtol=1e-3)
    assert Preprocess(height_px=64).apply(image[:, :1000])[0].shape == (64, 16_000, 1)


def test_what_is_larger_already_stays_so() -> None:
    image = np.full((2100, 2100, 3), 255, np.uint8)
    assert Preprocess(scale=2.0).apply(image)[0].shape == (2100, 2100, 1)
    assert Preprocess(scale=0.5).apply(image)[0].shape == (1050, 1050, 1)
