import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha import geometry
from fcn_captcha.preprocess import Preprocess, find_preprocess


def make_image(ink: int, paper: int, height: int = 40, width: int = 101) -> np.ndarray:
    image = np.full((height, width, 3), paper, np.uint8)
    image[10:20, 30:50] = ink
    return image


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (180, 220), (60, 20)])
def test_ink_is_one_and_background_zero_whatever_the_colours(ink: int, paper: int) -> None:
    image = make_image(ink, paper)
    preprocess = find_preprocess([image])
    assert preprocess.ink == ("dark" if ink < paper else "light")
    for setting in (preprocess, Preprocess(ink="either")):
        made, _ = setting.apply(image)
        assert made.dtype == np.float32
        assert made.shape == (40, 101, 1)
        assert made[15, 40, 0] == pytest.approx(1)
        assert made[0, 0, 0] == 0


def test_mixed_images_are_decided_one_by_one() -> None:
    assert find_preprocess([make_image(0, 255), make_image(255, 0)]).ink == "either"


def test_a_blank_image_stays_blank_and_faint_noise_faint() -> None:
    assert not Preprocess().apply(np.full((9, 9, 3), 77, np.uint8))[0].any()
    noisy = np.random.default_rng(0).integers(126, 129, (40, 40, 3)).astype(np.uint8)
    assert Preprocess().apply(noisy)[0].max() < 0.2


@pytest.mark.parametrize(("height", "scale"), [(50, 1), (64, 1), (128, 0.5), (1000, 0.064)])
def test_tall_images_are_scaled_down(height: int, scale: float) -> None:
    assert find_preprocess([make_image(0, 255, height)]).scale == pytest.approx(scale)


@given(st.floats(0.2, 3))
def test_the_map_says_where_the_ink_went(scale: float) -> None:
    made, to_ink = Preprocess(scale=scale).apply(make_image(0, 255))
    rows, columns = np.indices(made.shape[:2])
    weight = made[:, :, 0] / made.sum()
    ((x, y),) = geometry.apply_affine(to_ink, [(39.5, 14.5)])
    assert (columns * weight).sum() == pytest.approx(x, abs=0.5)
    assert (rows * weight).sum() == pytest.approx(y, abs=0.5)


@pytest.mark.parametrize("bad", [{"scale": 0}, {"scale": 9}, {"ink": "red"}])
def test_bad_settings_are_named(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Preprocess(**bad)  # type: ignore[arg-type]
