from typing import Any

import keras
import pytest
from keras import layers

from fcn_captcha.inspection.windows import find_kind, find_window


def look(layer: Any, axis: int, size: int | None, cell: int = 0) -> list[int]:
    return sorted(find_window(layer, axis, size).look(cell))


def test_same_pads_as_the_size_asks_the_odd_pixel_behind() -> None:
    assert look(layers.Conv2D(1, 3, strides=2, padding="same"), 1, 8) == [0, 1, 2]
    assert look(layers.Conv2D(1, 3, strides=2, padding="same"), 1, 7) == [-1, 0, 1]
    assert look(layers.Conv2D(1, 3, strides=2, padding="same"), 1, None) == [0, 1, 2]
    assert look(layers.Conv2D(1, 4, padding="same"), 1, None) == [-1, 0, 1, 2]
    assert look(layers.Conv2D(1, 4), 1, None) == [0, 1, 2, 3]


def test_axes_are_apart() -> None:
    layer = layers.Conv2D(1, (1, 3), dilation_rate=(1, 4), padding="same")
    assert look(layer, 0, None) == [0]
    assert look(layer, 1, None) == [-4, 0, 4]
    assert look(layers.ZeroPadding2D(((1, 0), (5, 0))), 1, None) == [-5]
    assert look(layers.Cropping2D(((1, 0), (5, 0))), 0, None) == [1]


def test_enlarging() -> None:
    assert [look(layers.UpSampling2D(2), 0, None, k) for k in range(3)] == [[0], [0], [1]]
    bilinear = layers.UpSampling2D(3, interpolation="bilinear")
    assert [look(bilinear, 0, None, k) for k in range(3)] == [[-1, 0], [0], [0, 1]]
    assert [look(layers.Conv2DTranspose(1, 3, strides=2), 0, None, k) for k in (2, 3)] == [[0, 1], [1]]


def test_what_acts_cell_by_cell() -> None:
    start = keras.Input((8, 8, 2))
    assert find_kind(layers.BatchNormalization()) == "pointwise"
    assert find_kind(layers.Softmax()) == "pointwise"
    assert find_kind(layers.Add()) == "merge"
    assert find_kind(layers.Concatenate()) == "concatenate"
    assert find_kind(keras.Model(start, keras.ops.relu(start)).operations[-1]) == "pointwise"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.Flatten(name="flat"), "layer 'flat' (Flatten): it is not known what its cells see"),
        (layers.GlobalMaxPooling2D(name="all"), "layer 'all' (GlobalMaxPooling2D): it is not known"),
        (layers.Softmax(axis=1, name="rows"), "layer 'rows' (Softmax): an axis of -1, the channels, is needed, got 1"),
        (layers.Concatenate(axis=2, name="beside"), "layer 'beside' (Concatenate): an axis of -1"),
        (layers.Conv2D(1, 1, data_format="channels_first", name="c"), "layer 'c' (Conv2D): its data_format must be"),
    ],
)
def test_what_is_refused(layer: Any, message: str) -> None:
    with pytest.raises(ValueError, match="layer") as error:
        find_kind(layer)
    assert message in str(error.value)


def test_a_transposed_kernel_smaller_than_its_stride_leaves_cells_blind() -> None:
    with pytest.raises(ValueError, match=r"layer 'up' \(Conv2DTranspose\): a kernel of at least its stride"):
        find_window(layers.Conv2DTranspose(1, 1, strides=2, name="up"), 0, None)
