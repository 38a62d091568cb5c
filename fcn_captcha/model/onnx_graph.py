"""A Keras network of convolutions and pools as an ONNX graph, node by node, from any backend.

Keras's own export asks for TensorFlow or torch; the few layers that these networks are made of need neither.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fcn_captcha.model.dilated_convolution import DilatedConv2D
from fcn_captcha.model.loss import LastReLU

if TYPE_CHECKING:
    import keras

INPUT, OUTPUT = "ink", "centre_maps"
_OPSET = 17
_IR_VERSION = 8  # the oldest that this opset may have, so that older readers take it
_TO_PLANES, _FROM_PLANES = [0, 3, 1, 2], [0, 2, 3, 1]


def make_graph(network: "keras.Model") -> onnx.ModelProto:
    """The network as ONNX: (batch, height, width, channels) to (batch, rows, columns, classes), all sizes free.

    Raises ``ValueError``, naming the layer, for one that is not known here.
    """
    builder = _Builder()
    for layer in network.layers:
        builder.add(layer)
    maps = builder.append("Transpose", [builder.names[id(network.outputs[0])]], OUTPUT, perm=_FROM_PLANES)
    sizes = network.input_shape[-1], network.output_shape[-1]
    graph = helper.make_graph(
        builder.nodes,
        network.name,
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", "height", "width", sizes[0]])],
        [helper.make_tensor_value_info(maps, TensorProto.FLOAT, ["batch", "rows", "columns", sizes[1]])],
        builder.weights,
    )
    model = helper.make_model(graph, producer_name="fcn_captcha", opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR_VERSION
    return model


class _Builder:
    """The nodes so far; ``names`` are those of tensors by the identity of Keras's."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.names: dict[int, str] = {}

    def append(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def add(self, layer: "keras.layers.Layer") -> None:
        make = _LAYERS.get(type(layer).__name__)
        if make is None:
            raise ValueError(f"{layer.name}: a layer {type(layer).__name__} can't be written as ONNX yet")
        given = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = [self.names[id(tensor)] for tensor in given] if type(layer).__name__ != "InputLayer" else []
        self.names[id(layer.output)] = make(self, layer, inputs)

    def add_weight(self, name: str, values: Any) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name


def _add_input(builder: _Builder, layer: Any, _: list[str]) -> str:
    return builder.append("Transpose", [INPUT], f"{layer.name}/planes", perm=_TO_PLANES)


def _add_convolution(builder: _Builder, layer: Any, inputs: list[str]) -> str:
    if layer.padding != "same" or layer.strides != (1, 1) or layer.groups != 1:
        raise ValueError(
            f"{layer.name}: only padded convolutions of stride 1 and one group can be written as ONNX yet, "
            f"got padding {layer.padding}, strides {layer.strides}, groups {layer.groups}"
        )
    weights = [builder.add_weight(f"{layer.name}/kernel", np.transpose(np.asarray(layer.kernel), (3, 2, 0, 1)))]
    if layer.use_bias:
        weights.append(builder.add_weight(f"{layer.name}/bias", np.asarray(layer.bias)))
    spans = [(size - 1) * step for size, step in zip(layer.kernel_size, layer.dilation_rate, strict=True)]
    output = builder.append(
        "Conv",
        [*inputs, *weights],
        f"{layer.name}/convolved",
        kernel_shape=list(layer.kernel_size),
        dilations=list(layer.dilation_rate),
        pads=[span // 2 for span in spans] + [span - span // 2 for span in spans],
    )
    return _add_activation(builder, layer, [output])


def _add_activation(builder: _Builder, layer: Any, inputs: list[str]) -> str:
    kind = layer.activation.__name__
    if kind == "linear":
        return inputs[0]
    if kind not in ("relu", "sigmoid"):
        raise ValueError(f"{layer.name}: the activation {kind} can't be written as ONNX yet")
    return builder.append("Relu" if kind == "relu" else "Sigmoid", inputs, f"{layer.name}/{kind}")


def _add_pool(builder: _Builder, layer: Any, inputs: list[str]) -> str:
    if layer.padding != "valid":
        raise ValueError(f"{layer.name}: only pools without padding can be written as ONNX yet, got {layer.padding}")
    return builder.append(
        "MaxPool", inputs, f"{layer.name}/pooled", kernel_shape=list(layer.pool_size), strides=list(layer.strides)
    )


def _add_relu(builder: _Builder, layer: Any, inputs: list[str]) -> str:
    config = layer.get_config()
    if config.get("max_value") is not None or config.get("negative_slope") or config.get("threshold"):
        raise ValueError(f"{layer.name}: only a plain ReLU can be written as ONNX yet")
    return builder.append("Relu", inputs, f"{layer.name}/relu")


def _add_sum(builder: _Builder, layer: Any, inputs: list[str]) -> str:
    return builder.append("Sum", inputs, f"{layer.name}/sum")


_LAYERS: dict[str, Callable[[_Builder, Any, list[str]], str]] = {
    "InputLayer": _add_input,
    "Conv2D": _add_convolution,
    DilatedConv2D.__name__: _add_convolution,
    "MaxPooling2D": _add_pool,
    "Activation": _add_activation,
    "ReLU": _add_relu,
    LastReLU.__name__: _add_relu,
    "Add": _add_sum,
}
