from fractions import Fraction

import keras
import pytest
from keras import layers

from fcn_captcha.inspection.receptive_field import describe_fields, trace_fields
from fcn_captcha.model.network import make_network


@pytest.mark.parametrize(
    ("architecture", "size", "offset"), [("classic", 100, -48), ("residual", 70, -33), ("dilated", 74, -35)]
)
def test_our_networks(architecture: str, size: int, offset: int) -> None:
    fields = trace_fields(make_network(architecture, 1, 5))
    assert fields[0].name == "first_convolution"
    last = fields[-1]
    for axis in (last.height, last.width):
        assert (axis.size_px, axis.stride_px, axis.offset_px) == (size, Fraction(4), offset)
    # the support is 1 and what the layers add: (kernel - 1) · stride each, of the residual's longer way
    assert sum(row.growth_px[1] for row in fields) == size - 1
    assert "100×100" in describe_fields(fields) or architecture != "classic"


def test_a_model_within_a_model_a_shared_layer_and_sums_written_plainly() -> None:
    inner = keras.Sequential([keras.Input((None, None, 2)), layers.Conv2D(2, 5, padding="same", name="c")], name="in")
    shared = layers.Conv2D(2, 3, padding="same")
    start = keras.Input((None, None, 2))
    x = keras.ops.relu(shared(shared(inner(start))) + start)
    fields = trace_fields(keras.Model(start, x))
    assert fields[0].name == "in/c"
    assert [row.width.size_px for row in fields] == [5, 7, 9, 9, 9]


def test_sizes_matter_where_padding_meets_a_stride() -> None:
    network = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(1, 3, strides=2, padding="same")])
    last = trace_fields(network, (8, 7))[-1]
    assert (last.height.offset_px, last.width.offset_px) == (0, -1)


def test_what_is_refused() -> None:
    start = keras.Input((8, 8, 1))
    with pytest.raises(ValueError, match=r"layer 'flat' \(Flatten\)"):
        trace_fields(keras.Model(start, layers.Dense(2)(layers.Flatten(name="flat")(start))))
    with pytest.raises(ValueError, match=r"network 'two': one input and output are needed, got 1 and 2"):
        trace_fields(keras.Model(start, [layers.ReLU()(start), layers.ELU()(start)], name="two"))
    with pytest.raises(ValueError, match=r"network 'line': an input \(batch, height, width, channels\)"):
        trace_fields(keras.Sequential([keras.Input((8, 1)), layers.Conv1D(1, 3)], name="line"))
    with pytest.raises(ValueError, match="a functional or built Sequential model is needed"):
        trace_fields(keras.Sequential([layers.Conv2D(1, 3)]))
    halved = layers.Conv2D(1, 1, strides=2)(start)
    network = keras.Model(start, layers.Add(name="sum")([layers.Cropping2D(2)(start), halved]))
    with pytest.raises(ValueError, match=r"layer 'sum' \(Add\): maps with strides of 1 and 2 px"):
        trace_fields(network)
