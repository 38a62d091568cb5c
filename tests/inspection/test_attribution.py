import keras
import numpy as np
import pytest
from averaging import look_at_squares, make_averaging

from fcn_captcha.inspection.attribution import find_grad_cam, find_gradients, integrate_gradients
from fcn_captcha.inspection.view import Case


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    view = look_at_squares()
    return [(view, detection) for detection in view.detections]


def test_the_gradient_of_a_mean_is_the_same_in_all_pixels_of_the_columns_of_the_bump(cases: list[Case]) -> None:
    for found, x in zip(find_gradients(make_averaging(), cases), [3, 12], strict=True):
        expected = np.zeros((32, 72))
        expected[:, 4 * x : 4 * x + 4] = 1 / 16
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_integrated_gradients_add_up_to_the_mass() -> None:
    view = look_at_squares()
    squared = keras.Input((None, None, 1))
    network = keras.Model(squared, make_averaging()(squared * squared))
    found = integrate_gradients(network, [(view, view.detections[1])])[0]
    expected = np.zeros((32, 72))
    expected[16:20, 48:52] = 1 / 16
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_grad_cam_weighs_what_the_last_convolution_takes_everywhere(cases: list[Case]) -> None:
    first, second = find_grad_cam(make_averaging(), cases)
    np.testing.assert_array_equal(first, second)  # its weights are of the whole image, so both squares light up
    assert first.shape == (32, 72)
    assert first[9:11, 13:15].min() == pytest.approx(first.max(), rel=0.5)
    assert first[9, 13] == pytest.approx(first[17, 49])
    assert first[0, 30] == 0
