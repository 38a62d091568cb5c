import keras
import numpy as np
import pytest
from keras import layers

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.inspection.trained_field import Cell, find_boxes, find_cells, measure_classes, measure_trained
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.config import ModelConfig

KERNEL = np.arange(1, 16, dtype=np.float32).reshape(3, 5) - 8


def make_convolution() -> keras.Model:
    """One 3×5 convolution and a sigmoid, two maps of opposite kernels."""
    network = keras.Sequential(
        [keras.Input((None, None, 1)), layers.Conv2D(2, (3, 5), padding="same", activation="sigmoid")]
    )
    network.set_weights([np.stack([KERNEL, -KERNEL], axis=-1)[:, :, None] / 30, np.zeros(2)])
    return network


def make_cells(count: int) -> list[Cell]:
    rng = np.random.default_rng(0)
    box = np.array([9.5, 4.5, 12.5, 7.5])
    return [Cell(rng.random((12, 20, 1), dtype=np.float32), 6, 11, i % 2, box) for i in range(count)]


def test_the_mean_gradient_of_a_convolution_is_its_kernel() -> None:
    trained = measure_trained(make_convolution(), make_cells(40))
    assert trained.count == 40
    assert np.allclose(trained.values, np.abs(KERNEL) / np.abs(KERNEL).sum(), atol=1e-6)
    assert trained.box_px == (3, 3)
    # columns 10 to 12 and rows 5 to 7 lie within the field, 9 to 13 and 5 to 7, all above 3 % but its middle
    assert trained.share_inside > 0.85
    assert trained.as_dict()["width"]["box_px"] == 3


def test_beyond_the_border_nothing_is_counted() -> None:
    cells = [Cell(np.ones((12, 20, 1), dtype=np.float32), 6, 0, 0), *make_cells(3)]
    trained = measure_trained(make_convolution(), cells)
    expected = np.abs(KERNEL) / np.abs(KERNEL).sum()
    inside = np.abs(KERNEL[:, 2:]) / np.abs(KERNEL[:, 2:]).sum()
    mean = np.concatenate([expected[:, :2], (3 * expected[:, 2:] + inside) / 4], axis=1)
    assert np.allclose(trained.values, mean / mean.sum(), atol=1e-6)
    with pytest.raises(ValueError, match="at least one character is needed, got none"):
        measure_trained(make_convolution(), [])


def test_only_frequent_classes_have_a_field_of_their_own() -> None:
    config = ModelConfig(Alphabet("ab"), Preprocess(), 0.4, 2.0, 1, "residual")
    assert list(measure_classes(make_convolution(), config, make_cells(40))) == ["a", "b"]
    assert list(measure_classes(make_convolution(), config, make_cells(39))) == ["a"]


def test_boxes_reach_half_way_to_the_neighbours_and_as_high_as_the_ink() -> None:
    ink = np.zeros((20, 60, 1), dtype=np.float32)
    ink[5:15, 8:16] = 1
    ink[8:12, 28:36] = 1
    one, two = find_boxes(ink, [(2.5, 2), (7.5, 2)], 4)
    assert one.tolist() == [1.5, 4.5, 21.5, 14.5]
    assert two.tolist() == [21.5, 7.5, 41.5, 11.5]
    assert find_boxes(ink, np.zeros((0, 2)), 4) == []


def test_a_network_that_reads_nothing_sees_no_cells() -> None:
    from fcn_captcha.data.samples import Sample
    from fcn_captcha.model.network import make_network

    config = ModelConfig(Alphabet("ab"), Preprocess(), 0.4, 2.0, 4, "residual")
    blank = Sample("blank", np.full((20, 40, 3), 255, dtype=np.uint8), "a")
    assert find_cells(make_network("residual", 1, 2), config, [blank]) == []
