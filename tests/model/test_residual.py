import keras
import numpy as np

from fcn_captcha.model.architectures.residual import RESIDUAL
from fcn_captcha.model.network import make_network
from fcn_captcha.model.prediction import make_predict


def test_a_shifted_image_gives_shifted_maps() -> None:
    network = make_network("residual", 1, 3, seed=3)
    ink = np.zeros((1, 80, 160, 1), np.float32)
    ink[0, 30:50, 40:60, 0] = np.random.default_rng(0).random((20, 20))
    predict = make_predict(network)
    moved = np.roll(ink, (4, 32), axis=(1, 2))
    np.testing.assert_allclose(predict(moved)[0, 8:14, 20:26], predict(ink)[0, 7:13, 12:18], atol=1e-5)


def test_it_is_3x3_convolutions_three_residual_pairs_and_a_last_1x1() -> None:
    network = make_network("residual", 1, 24)
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.kernel_size for layer in convolutions] == [(3, 3)] * 10 + [(1, 1)]
    assert [layer.filters for layer in convolutions] == [16, 32, 32, *[64] * 7, 24]
    assert sum(isinstance(layer, keras.layers.Add) for layer in network.layers) == 3
    assert sum(isinstance(layer, keras.layers.MaxPooling2D) for layer in network.layers) == 2
    assert (RESIDUAL.stride, RESIDUAL.squared_error) == (4, False)


def test_an_untrained_network_sees_a_centre_nearly_nowhere() -> None:
    maps = make_predict(make_network("residual", 1, 6))(np.random.default_rng(0).random((2, 20, 36, 1), np.float32))
    assert maps.shape == (2, 5, 9, 6)
    assert 0 < maps.mean() < 0.1
