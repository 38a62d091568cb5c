"""The same network in 8-bit integers, which a CPU multiplies two to four times as fast.

Weights have 7 bits, as CPUs without VNNI would overflow in 8. The last convolution stays as it is:
its maps tell places between cells, and confidence, finer than 8 bits do.
"""

import contextlib
import io
import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fcn_captcha.model.onnx_graph import INPUT
from fcn_captcha.model.prediction import Maps, round_size


def quantise(content: bytes, inks: Sequence[Maps], stride: int) -> bytes:
    """An ONNX network of floats as one of integers.

    Args:
        content: as of :func:`~fcn_captcha.model.onnx_file.make_onnx`.
        inks: usual inputs, (height, width, channels) each, that tell how large values become; a hundred will do.
        stride: of the network.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    model = onnx.shape_inference.infer_shapes(onnx.load_model_from_string(content))
    add_pre_process_metadata(model)  # shapes are all that there is to prepare
    last = [node.name for node in model.graph.node if node.op_type == "Conv"][-1]
    ends = [node.name for node in model.graph.node if node.op_type in ("Sigmoid", "Transpose")]
    with tempfile.TemporaryDirectory() as folder, _quietly():
        floats, integers = Path(folder) / "floats.onnx", Path(folder) / "integers.onnx"
        onnx.save(model, floats)
        quantize_static(
            floats,
            integers,
            _Inputs(inks, stride),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=[last, *ends],
        )
        return integers.read_bytes()


class _Inputs:
    """What ONNX Runtime calls a calibration data reader: one input after the other, then None."""

    def __init__(self, inks: Sequence[Maps], stride: int) -> None:
        self._inks = iter(inks)
        self._stride = stride

    def get_next(self) -> dict[str, Maps] | None:
        ink = next(self._inks, None)
        if ink is None:
            return None
        rows, columns, channels = ink.shape
        batch = np.zeros((1, round_size(rows, self._stride), round_size(columns, self._stride), channels), np.float32)
        batch[0, :rows, :columns] = ink
        return {INPUT: batch}


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without the lines that the tool prints and logs as it goes."""
    logger: Any = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(before)
