"""The receptive field in theory: which input pixels can change a cell, layer by layer, from the network's graph.

As in A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural networks", 2019, but
exact for each axis, even kernels, dilation, branches of unlike offset and enlarged maps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import keras

from fcn_captcha.inspection.axis_field import AxisField
from fcn_captcha.inspection.windows import find_kind, find_window

Call = Callable[..., Any]


@dataclass(frozen=True)
class LayerField:
    """What the cells of a layer's output see.

    Attributes:
        name: of the layer; ``model/layer`` within a model that is a layer.
        kind: its class.
        growth_px: pixels that the layer itself adds to (height, width): the sum of (kernel - 1) · dilation · stride.
        height, width: the fields along each axis.
    """

    name: str
    kind: str
    growth_px: tuple[int, int]
    height: AxisField
    width: AxisField


def trace_fields(network: keras.Model, size_px: tuple[int, int] | None = None) -> tuple[LayerField, ...]:
    """The fields of all layers, in the order of the graph, the output's last.

    Args:
        network: functional or Sequential, with one input (batch, height, width, channels) and one output.
        size_px: height and width of the input; by default those of ``network.input``. Where they stay open,
            they count as multiples of all strides. They matter where 'same' padding meets a stride.

    Raises ``ValueError``, naming the network or the layer, for a layer that is not known or looks at all of
    the input at once (Dense after Flatten, attention, global pools).
    """
    fields: dict[int, tuple[Any, AxisField, AxisField]] = {}  # by tensor, which is kept so that its id stays its own
    rows: list[LayerField] = []

    def call(layer: Any, *arguments: Any, prefix: str = "", **names: Any) -> Any:
        tensors = find_tensors(arguments)
        if isinstance(layer, keras.Model):
            inside = make_input(tuple(tensors[0].shape[1:]), tensors[0].dtype)
            fields[id(inside)] = (inside, *fields[id(tensors[0])][1:])
            end = walk(layer, inside, lambda *a, **n: call(*a, prefix=f"{prefix}{layer.name}/", **n))
            output = layer(*arguments, **names)
            fields[id(output)] = (output, *fields[id(end)][1:])
            return output
        axes = tuple(
            _look(layer, axis, [(t.shape[1 + axis], fields[id(t)][1 + axis]) for t in tensors]) for axis in (0, 1)
        )
        widest = [max(fields[id(t)][1 + axis].size_px for t in tensors) for axis in (0, 1)]
        growth = axes[0].size_px - widest[0], axes[1].size_px - widest[1]
        rows.append(LayerField(prefix + layer.name, type(layer).__name__, growth, *axes))
        output = layer(*arguments, **names)
        fields[id(output)] = (output, *axes)
        return output

    start = make_input(find_input_shape(network, size_px), network.inputs[0].dtype)
    fields[id(start)] = (start, AxisField(), AxisField())
    end = walk(network, start, call)
    if not rows or fields[id(end)][1:] != (rows[-1].height, rows[-1].width):
        rows.append(LayerField("output", "output", (0, 0), *fields[id(end)][1:]))
    return tuple(rows)


def walk(network: keras.Model, start: Any, call: Call) -> Any:
    """Calls ``call(layer, *arguments)`` for each layer of the graph, in order, from the tensor ``start`` on.

    The layers are copies, so that ``network`` stays as it is. Returns what ``call`` made of the last.
    """
    check_network(network)
    bare = keras.Model(network.inputs[0], network.outputs[0])  # not compiled; a Sequential as a graph
    return keras.models.clone_model(bare, input_tensors=start, call_function=call, clone_function=_copy).output


def _copy(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config()) if isinstance(layer, keras.layers.Layer) else layer


def check_network(network: keras.Model) -> None:
    """Raises ``ValueError`` unless there is one input of images and one output, joined by a graph."""
    inputs, outputs = getattr(network, "inputs", None), getattr(network, "outputs", None)
    if not inputs or not outputs:
        raise ValueError(f"network {network.name!r}: a functional or built Sequential model is needed")
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(
            f"network {network.name!r}: one input and output are needed, got {len(inputs)} and {len(outputs)}"
        )
    if len(inputs[0].shape) != 4:
        raise ValueError(
            f"network {network.name!r}: an input (batch, height, width, channels) is needed, got {inputs[0].shape}"
        )


def find_input_shape(network: keras.Model, size_px: tuple[int, int] | None) -> tuple[int | None, int | None, int]:
    """Height, width and channels."""
    check_network(network)
    height, width, channels = network.inputs[0].shape[1:]
    return (*(size_px or (height, width)), channels)


def find_tensors(arguments: Any) -> list[Any]:
    """The tensors among the arguments of a call."""
    return [a for a in keras.tree.flatten(arguments) if isinstance(a, keras.KerasTensor)]


def make_input(shape: tuple[int | None, ...], dtype: Any) -> Any:
    return keras.Input(shape, dtype=dtype)


def _look(layer: Any, axis: int, seen: list[tuple[int | None, AxisField]]) -> AxisField:
    """The field along an axis of the layer's output, from sizes and fields of its inputs."""
    kind = find_kind(layer)
    size, field = seen[0]
    if kind == "window":
        return field.look_through(find_window(layer, axis, size))
    for _, other in seen[1:]:
        try:
            field = field.merge(other)
        except ValueError as error:
            raise ValueError(f"layer {layer.name!r} ({type(layer).__name__}): {error}") from None
    return field


def describe_fields(fields: tuple[LayerField, ...]) -> str:
    """A table, a line a layer that is no mere point-wise function: what it sees, width × height in input pixels."""
    lines = [f"{'layer':<28} {'kind':<18} {'sees, px':>11} {'stride, px':>11} {'from, px':>11}"]
    before = None
    for row in fields:
        shown = tuple(
            f"{one}×{two}"
            for one, two in (
                (row.width.size_px, row.height.size_px),
                (_show(row.width.stride_px), _show(row.height.stride_px)),
                (row.width.offset_px, row.height.offset_px),
            )
        )
        if shown != before or row is fields[-1]:
            lines.append(f"{row.name:<28} {row.kind:<18} {shown[0]:>11} {shown[1]:>11} {shown[2]:>11}")
        before = shown
    return "\n".join(lines)


def _show(stride: Fraction) -> str:
    return f"{float(stride):g}"
