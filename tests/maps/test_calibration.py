import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.maps.calibration import Calibration, fit_line


def draw(slope: float, shift: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores and whether each was right, whose probabilities are a line through the logit."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.05, 0.99, count)
    logit = slope * np.log(scores / (1 - scores)) + shift
    return scores, rng.random(count) < 1 / (1 + np.exp(-logit))


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, 1.0), (2.0, -1.5)])
def test_the_line_that_made_the_data_is_found(slope: float, shift: float) -> None:
    assert fit_line(*draw(slope, shift, 20000)) == pytest.approx((slope, shift), abs=0.1)


def test_probabilities_are_the_shares_that_were_right() -> None:
    scores, right = draw(0.4, 2.0, 5000)
    found = Calibration(string=fit_line(scores, right))
    probabilities = np.array([found.find_string(score) for score in scores.tolist()])
    for low in (0.6, 0.8):
        inside = (probabilities >= low) & (probabilities < low + 0.2)
        assert inside.sum() > 100
        assert right[inside].mean() == pytest.approx(probabilities[inside].mean(), abs=0.03)


@pytest.mark.parametrize("value", [True, False])
def test_few_of_one_kind_do_not_make_it_certain(value: bool) -> None:
    line = fit_line([0.9, 0.95, 0.99], [value] * 3)
    assert 0.05 < Calibration(string=line).find_string(0.95) < 0.99
    assert fit_line([], []) == (1.0, 0.0)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 5), st.floats(-5, 5))
def test_order_stays_and_probabilities_lie_between_0_and_1(a: float, b: float, slope: float, shift: float) -> None:
    found = Calibration((slope, shift), (slope, shift))
    low, high = found.find_string(min(a, b)), found.find_string(max(a, b))
    assert 0 <= low <= high <= 1
    assert found.find_character(a) == found.find_string(a)


def test_as_it_comes_nothing_changes() -> None:
    assert [Calibration().find_string(s) for s in (0.0, 0.25, 1.0)] == [0.0, 0.25, 1.0]
