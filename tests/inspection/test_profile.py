import numpy as np
import pytest

from fcn_captcha.inspection.profile import Profile, find_r2, make_profile


def test_a_gaussian_is_found_again() -> None:
    x = np.arange(-40, 41)
    profile = Profile(-40, 5 * np.exp(-((x - 1.5) ** 2) / (2 * 7.0**2)))
    fitted = profile.fit_gaussian()
    assert (fitted.centre_px, fitted.sigma_px, fitted.height) == pytest.approx((1.5, 7.0, 5.0))
    assert fitted.r2 == pytest.approx(1)
    assert profile.spread_px == pytest.approx(7, rel=1e-3)
    assert profile.find_isoline_px(0.35) == 20  # 2 · 7 · sqrt(2 · ln(1 / 0.35)) is 20.3
    assert profile.find_isoline_px(0.03) == 38  # from -17 to 20


def test_the_support_ends_at_the_last_weight_however_small() -> None:
    profile = make_profile([0, 0, 1e-300, 0, 1, 0], -3)
    assert (profile.start_px, profile.support_px) == (-1, 3)
    with pytest.raises(ValueError, match="no pixel reaches the cell"):
        make_profile([0, 0], 0)


@pytest.mark.parametrize("width", [2, 3, 5, 9])
def test_a_box_has_a_width_too(width: int) -> None:
    fitted = Profile(0, np.ones(width)).fit_gaussian()
    assert fitted.centre_px == pytest.approx((width - 1) / 2, abs=0.01)
    assert width / 4 <= fitted.sigma_px < width / 2


def test_a_single_pixel_has_no_width() -> None:
    fitted = Profile(4, np.ones(1)).fit_gaussian()
    assert (fitted.centre_px, fitted.sigma_px) == (4, 0)


def test_r2() -> None:
    assert find_r2([1, 2, 3], [1, 2, 3]) == 1
    assert find_r2([1, 2, 3], [2, 2, 2]) == 0
