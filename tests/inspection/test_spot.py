import keras
import numpy as np
import pytest

from fcn_captcha.inspection.spot import measure_spot
from fcn_captcha.model.network import make_network


def test_a_convolution_and_a_pool_see_four_pixels() -> None:
    ink = keras.Input((None, None, 1))
    maps = keras.layers.MaxPooling2D(2)(keras.layers.Conv2D(3, 3, padding="same", activation="sigmoid")(ink))
    spot = measure_spot(keras.Model(ink, maps), 2)
    assert spot.support_px == (-2, -2, 2, 2)
    x, y = (round(v - 1.5) for v in spot.centre_px)
    found = spot.values[y : y + 4, x : x + 4]
    np.testing.assert_allclose(found, np.outer([1, 2, 2, 1], [1, 2, 2, 1]) / 4, rtol=1e-5)


@pytest.mark.parametrize(("architecture", "side_px"), [("dilated", 74), ("residual", 70), ("classic", 100)])
def test_the_support_is_the_receptive_field(architecture: str, side_px: int) -> None:
    # 1 + Σ(kernel − 1)·stride: of residual 1 + 2 + 1 + 2·4 + 2 + 7·8, of classic 1 + 4 + 1 + (2 + 4)·2 + 2 + 5·16
    network = make_network(architecture, 1, 3)
    before = network.get_weights()
    left, top, right, bottom = measure_spot(network, 4).support_px
    assert (right - left, bottom - top) == (side_px, side_px)
    assert left == top == -right
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))
