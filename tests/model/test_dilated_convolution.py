"""The same results as a convolution whose kernel has zeros between its weights."""

import keras
import numpy as np
import pytest

from fcn_captcha.model.dilated_convolution import DilatedConv2D


@pytest.mark.parametrize("dilation", [2, 3, (1, 2)])
@pytest.mark.parametrize("size", [(8, 12), (7, 13), (1, 1), (2, 50)])
def test_it_is_a_convolution_with_a_sparse_kernel(dilation: int | tuple[int, int], size: tuple[int, int]) -> None:
    ink = keras.Input((None, None, 3))
    layer = DilatedConv2D(5, 3, padding="same", dilation_rate=dilation)
    network = keras.Model(ink, layer(ink))
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(3, 3, 3, 5)), rng.normal(size=5)
    layer.set_weights([kernel, bias])
    image = rng.normal(size=(2, *size, 3)).astype(np.float32)
    down, across = layer.dilation_rate
    sparse = np.zeros((2 * down + 1, 2 * across + 1, 3, 5))
    sparse[::down, ::across] = kernel
    wanted = keras.ops.conv(image, sparse.astype(np.float32), padding="same") + bias.astype(np.float32)
    np.testing.assert_allclose(network.predict_on_batch(image), wanted, atol=1e-4)


def test_it_trains_on_batches_of_many_sizes() -> None:
    # TensorFlow's own dilated convolution fails at the third size.
    ink = keras.Input((None, None, 1))
    x = keras.layers.Add()([ink, DilatedConv2D(1, 3, padding="same", dilation_rate=2)(ink)])
    network = keras.Model(ink, x)
    network.compile("sgd", "mse", jit_compile=False)
    for width in (52, 12, 40, 28, 52, 24):
        image = np.ones((2, 12, width, 1), np.float32)
        assert np.isfinite(network.train_on_batch(image, image))
