import keras
import numpy as np

from fcn_captcha.model.architectures.dilated import DILATED
from fcn_captcha.model.network import make_network
from fcn_captcha.model.prediction import make_predict


def test_it_is_3x3_convolutions_three_pairs_of_which_the_middle_reaches_twice_as_far_and_a_last_1x1() -> None:
    network = make_network("dilated", 1, 24)
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.kernel_size for layer in convolutions] == [(3, 3)] * 9 + [(1, 1)]
    assert [layer.filters for layer in convolutions] == [16, 32, *[64] * 7, 24]
    assert [layer.dilation_rate[0] for layer in convolutions] == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    assert sum(isinstance(layer, keras.layers.Add) for layer in network.layers) == 3
    assert sum(isinstance(layer, keras.layers.MaxPooling2D) for layer in network.layers) == 2
    assert (DILATED.stride, DILATED.squared_error) == (4, False)


def test_a_cell_sees_as_far_as_its_receptive_field_and_no_farther() -> None:
    network = make_network("dilated", 1, 1, seed=2)
    rng = np.random.default_rng(0)
    for layer in network.layers:  # the pairs start as nothing
        layer.set_weights([rng.normal(0, 0.1, w.shape) for w in layer.get_weights()])
    ink = rng.random((1, 4, 200, 1), np.float32)
    changed = ink.copy()
    changed[0, :, 100] += 5
    predict = make_predict(network)
    moved = np.flatnonzero(np.abs(predict(changed) - predict(ink))[0, 0, :, 0] > 1e-7)
    # 3×3 before each pool, once between, six times after and once twice as far: 1 + 2 + 6 · 4 + 8 = 35 px to each side.
    assert moved.min() >= (100 - 35 - 4) // 4
    assert moved.max() <= (100 + 35 + 4) // 4
    assert len(moved) >= 15
