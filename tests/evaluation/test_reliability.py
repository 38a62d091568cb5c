import numpy as np
import pytest

from fcn_captcha.evaluation.reliability import Bin, measure_reliability


def test_by_hand() -> None:
    found = measure_reliability([0.95, 0.95, 0.55, 0.55, 0.1], [True, True, True, False, False])
    assert found.bins == (Bin(0.1, 0.0, 1), Bin(0.55, 0.5, 2), Bin(0.95, 1.0, 2))
    assert found.calibration_error == pytest.approx((0.1 + 2 * 0.05 + 2 * 0.05) / 5)
    assert found.coverage == ((0.4, 1.0), (0.8, 0.75), (1.0, 0.6))
    assert found.at_nine_tenths == 0.6


def test_certainty_is_in_the_last_bin() -> None:
    assert measure_reliability([1.0, 0.0], [True, False]).bins == (Bin(0.0, 0.0, 1), Bin(1.0, 1.0, 1))


def test_honest_confidences_have_a_small_error_and_boastful_ones_a_large_one() -> None:
    rng = np.random.default_rng(0)
    sure = rng.random(20000)
    right = (rng.random(20000) < sure).tolist()
    assert measure_reliability(sure.tolist(), right).calibration_error < 0.02
    boastful = np.sqrt(sure)
    assert measure_reliability(boastful.tolist(), right).calibration_error == pytest.approx(2 / 3 - 1 / 2, abs=0.02)


@pytest.mark.parametrize(("confidences", "right"), [([], []), ([0.5], [])])
def test_none_or_too_few_are_an_error(confidences: list[float], right: list[bool]) -> None:
    with pytest.raises(ValueError, match="confidences: as many as readings are needed"):
        measure_reliability(confidences, right)
