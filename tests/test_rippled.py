import numpy as np
import pytest

from fcn_captcha.synthesis import rippled
from fcn_captcha.synthesis.rippled import Rippled


def test_a_character_alone_fills_its_box_around_its_centre(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without curves, and letters that look the same upside down, whose centre is that of their ink."""
    monkeypatch.setattr(rippled, "_draw_curve", lambda plane, places, rng: None)
    make = Rippled(length="1", alphabet="OHXIN0", height=60)
    for i in range(60):
        sample = make(np.random.default_rng(i))
        ink = sample.image[:, :, 0] < 100
        columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
        found = columns[0] - 0.5, rows[0] - 0.5, columns[-1] + 0.5, rows[-1] + 0.5
        assert sample.boxes is not None
        assert sample.centres is not None
        np.testing.assert_allclose(found, sample.boxes[0], atol=3.5, err_msg=f"{sample} {i}")
        y, x = np.nonzero(ink)
        np.testing.assert_allclose((x.mean(), y.mean()), sample.centres[0], atol=2.0, err_msg=f"{sample} {i}")


def test_the_ground_is_a_ramp_and_the_curves_cross_it() -> None:
    sample = Rippled()(np.random.default_rng(0))
    assert sample.image.shape == (50, 200, 3)
    assert sample.image[0, 0, 0] < 200
    assert sample.image[-1, -1, 0] > 250
    assert (sample.image[:, 150:175, 0] < 120).any(axis=0).all(), "the long curve reaches nine tenths of the width"
