import numpy as np
import pytest

from fcn_captcha.inspection.field_advice import advise
from fcn_captcha.inspection.receptive_field import LayerField, trace_fields
from fcn_captcha.inspection.trained_field import TrainedField
from fcn_captcha.model.network import make_network


@pytest.fixture(scope="module")
def fields() -> tuple[LayerField, ...]:
    return trace_fields(make_network("residual", 1, 2))


def make_trained(sigma_px: float, box_px: tuple[float, float], share: float) -> TrainedField:
    bell = np.exp(-(np.arange(-34.5, 35) ** 2) / (2 * sigma_px**2))
    values = np.outer(bell, bell) / bell.sum() ** 2
    return TrainedField(100, values, values, box_px, share)


def test_a_field_smaller_than_the_characters(fields: tuple[LayerField, ...]) -> None:
    lines = advise(fields, make_trained(9, (58, 40), 0.8))
    assert "a cell uses 48 × 48 px (3 % line) of the 70 × 70" in lines[0]
    # sigma must grow from 48 / 5.3 to 58 / 5.3: (58² - 48²) / 5.3² / (8 / 12 · 16) is 3.5
    assert lines[1].startswith("too small: add 4 3×3 convolutions at the last stride, each 8 px more")


def test_a_field_that_fits(fields: tuple[LayerField, ...]) -> None:
    assert advise(fields, make_trained(9, (24, 30), 1.0))[1] == "right: there is no layer to add or to drop"


def test_a_field_for_much_larger_characters(fields: tuple[LayerField, ...]) -> None:
    line = advise(fields, make_trained(9, (12, 14), 1.0))[1]
    assert line.startswith("larger than needed: without conv2d")
    assert "8 px less" in line
