import keras
import numpy as np
import pytest

from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.model.loss import CentreMapLoss, LastReLU


@pytest.mark.parametrize("squared", [False, True])
def test_the_loss_is_zero_at_the_target_and_one_number_an_image(squared: bool) -> None:
    target = np.stack([make_centre_maps([(x, 3)], [1], (7, 12, 2)) for x in (2.5, 8)])
    loss = CentreMapLoss(squared)
    np.testing.assert_allclose(loss.call(target, target), [0, 0], atol=1e-4)
    worse = np.asarray(loss.call(target, np.full_like(target, 0.5)))
    assert worse.shape == (2,)
    assert (worse > 1).all()
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, CentreMapLoss)
    assert again.squared == squared


def test_losses_of_a_few_cells_by_hand() -> None:
    target, maps = np.zeros((2, 1, 3, 1), np.float32), np.zeros((2, 1, 3, 1), np.float32)
    target[0, 0, :, 0], maps[0, 0, :, 0] = (1, 0, 0.5), (0.5, 0.25, 0.5)
    np.testing.assert_allclose(CentreMapLoss(squared=True).call(target, maps), [0.25 + 0.0625, 0], atol=1e-6)
    divergence = np.log(1 / 0.5) + np.log(1 / 0.75)
    np.testing.assert_allclose(CentreMapLoss().call(target, maps), [divergence, 0], atol=1e-4)
    assert float(CentreMapLoss()(target, maps)) == pytest.approx(divergence / 2, abs=1e-4), "the mean of the batch"


@pytest.mark.parametrize("squared", [False, True])
def test_what_is_surely_wrong_costs_much_but_not_without_end(squared: bool) -> None:
    one, nothing = np.ones((1, 2, 3, 4), np.float32), np.zeros((1, 2, 3, 4), np.float32)
    for target, maps in ((one, nothing), (nothing, one)):
        (cost,) = np.asarray(CentreMapLoss(squared).call(target, maps))
        assert cost == pytest.approx(24 if squared else 24 * 16, rel=0.01)


def test_the_last_relu_cuts_off_below_zero_but_its_gradient_is_one_everywhere() -> None:
    level = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(1.0))
    given = keras.Input((1,))
    network = keras.Model(given, LastReLU()(level(given)))
    x = np.array([[-2.0], [-0.5], [0.0], [3.0]], np.float32)
    np.testing.assert_array_equal(network(x), [[0], [0], [0], [3]])
    network.compile(keras.optimizers.SGD(1.0), lambda true, read: read)  # so the step is the mean gradient
    network.train_on_batch(x, x)
    np.testing.assert_allclose(level.kernel, 1 - x.mean())


def test_a_map_that_is_dark_everywhere_can_be_lit_again() -> None:
    ink = keras.Input((None, None, 1))
    maps = LastReLU()(keras.layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(-1.0))(ink))
    network = keras.Model(ink, maps)
    network.compile(keras.optimizers.SGD(0.05), CentreMapLoss(squared=True))
    dark = np.zeros((1, 4, 4, 1), np.float32)
    assert (np.asarray(network(dark)) == 0).all()
    for _ in range(30):
        network.train_on_batch(dark, np.full((1, 4, 4, 1), 0.7, np.float32))
    np.testing.assert_allclose(network(dark), 0.7, atol=0.05)
