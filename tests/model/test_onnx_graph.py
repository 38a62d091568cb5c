import keras
import numpy as np
import pytest
from keras import layers

from fcn_captcha.model.architectures import ARCHITECTURES
from fcn_captcha.model.network import make_network
from fcn_captcha.model.onnx_file import OnnxPredict
from fcn_captcha.model.onnx_graph import make_graph


def make_random(network: keras.Model) -> keras.Model:
    """Weights and biases that all matter, those of residual branches included."""
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.07, w.shape) for w in network.get_weights()])
    return network


def assert_alike(network: keras.Model, stride: int) -> None:
    predict = OnnxPredict(make_graph(network).SerializeToString())
    rng = np.random.default_rng(1)
    for batch, rows, columns in ((1, 1, 1), (3, 9, 13), (2, 16, 5)):
        ink = rng.random((batch, rows * stride, columns * stride, network.input_shape[-1]), np.float32)
        np.testing.assert_allclose(predict(ink), network(ink), atol=1e-4)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_architecture_gives_the_same_maps_at_any_size(name: str, channels: int) -> None:
    assert_alike(make_random(make_network(name, channels, 7)), ARCHITECTURES[name].stride)


def test_even_and_wide_and_dilated_kernels_activations_and_a_layer_without_bias() -> None:
    x = ink = keras.Input((None, None, 1))
    x = layers.Conv2D(4, (2, 5), padding="same", activation="relu")(x)
    x = layers.MaxPooling2D((2, 3))(x)
    x = layers.Conv2D(4, 4, padding="same", dilation_rate=(1, 2), use_bias=False)(x)
    x = layers.Add()([layers.Activation("relu")(x), x])
    network = keras.Model(ink, layers.Conv2D(2, 1, activation="sigmoid", padding="same")(x))
    predict = OnnxPredict(make_graph(make_random(network)).SerializeToString())
    image = np.random.default_rng(2).random((2, 12, 30, 1), np.float32)
    np.testing.assert_allclose(predict(image), network(image), atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.BatchNormalization(name="b"), "b: a layer BatchNormalization can't"),
        (layers.Conv2D(2, 3, name="c"), r"c: only padded convolutions .* got padding valid"),
        (layers.Conv2D(2, 3, strides=2, padding="same", name="c"), r"c: only padded convolutions .* strides \(2, 2\)"),
        (layers.Conv2D(2, 3, padding="same", activation="tanh", name="c"), "c: the activation tanh can't"),
        (layers.MaxPooling2D(2, padding="same", name="p"), "p: only pools without padding"),
        (layers.ReLU(max_value=6, name="r"), "r: only a plain ReLU"),
    ],
)
def test_what_can_not_be_written_is_named(layer: keras.layers.Layer, message: str) -> None:
    ink = keras.Input((None, None, 1))
    with pytest.raises(ValueError, match=message):
        make_graph(keras.Model(ink, layer(ink)))


def test_input_and_output_have_names_and_free_sizes() -> None:
    graph = make_graph(make_network("residual", 1, 3)).graph
    sizes = [[d.dim_param or d.dim_value for d in t.type.tensor_type.shape.dim] for t in (*graph.input, *graph.output)]
    assert sizes == [["batch", "height", "width", 1], ["batch", "rows", "columns", 3]]
    assert [t.name for t in (*graph.input, *graph.output)] == ["ink", "centre_maps"]
