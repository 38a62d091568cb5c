from itertools import pairwise

import keras
import numpy as np

from fcn_captcha.model.architectures.classic import CLASSIC
from fcn_captcha.model.network import make_network


def test_it_is_convolutions_relus_and_two_max_pools_and_nothing_else() -> None:
    network = make_network("classic", 1, 24)
    kinds = [type(layer).__name__ for layer in network.layers[1:]]
    assert set(kinds) == {"Conv2D", "ReLU", "LastReLU", "MaxPooling2D"}
    assert kinds.count("MaxPooling2D") == 2
    assert kinds[-1] == "LastReLU"
    for kind, following in pairwise(kinds):
        assert (kind == "Conv2D") == following.endswith("ReLU")
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.kernel_size in ((3, 3), (5, 5))
            assert (layer.strides, layer.padding) == ((1, 1), "same")


def test_maps_are_never_below_zero_and_may_exceed_one() -> None:
    network = make_network("classic", 1, 2)
    last = network.get_layer("last_convolution")
    kernel, bias = last.get_weights()
    ink = np.ones((1, 8, 12, 1), np.float32)
    for level in (-3.0, 0.0, 3.0):
        last.set_weights([np.zeros_like(kernel), np.full_like(bias, level)])
        np.testing.assert_array_equal(network(ink), np.full((1, 2, 3, 2), max(0, level)))
    assert CLASSIC.squared_error
