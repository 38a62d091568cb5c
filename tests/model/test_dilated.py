import keras

from fcn_captcha.model.architectures.dilated import DILATED
from fcn_captcha.model.network import make_network


def test_it_is_3x3_convolutions_three_pairs_of_which_the_middle_reaches_twice_as_far_and_a_last_1x1() -> None:
    network = make_network("dilated", 1, 24)
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.kernel_size for layer in convolutions] == [(3, 3)] * 9 + [(1, 1)]
    assert [layer.filters for layer in convolutions] == [16, 32, *[64] * 7, 24]
    assert [layer.dilation_rate[0] for layer in convolutions] == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    assert sum(isinstance(layer, keras.layers.Add) for layer in network.layers) == 3
    assert sum(isinstance(layer, keras.layers.MaxPooling2D) for layer in network.layers) == 2
    assert (DILATED.stride, DILATED.squared_error) == (4, False)
