"""One ONNX file with the network and everything that a reader needs beside it; read without Keras.

The record of :class:`~fcn_captcha.model.config.ModelConfig` is in the file's metadata.
"""

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.data.files import write_whole
from fcn_captcha.model.config import ModelConfig, parse_config
from fcn_captcha.model.prediction import Maps, make_predict

if TYPE_CHECKING:
    import keras

_KEY = "fcn_captcha"  # of the record in the metadata
_TOLERANCE = 1e-4
_CHECKED_CELLS = 8, 24
_KEPT_PX = 2**21  # the memory for as much stays, that for larger inputs is given back: it would be gigabytes
_parents_sessions: list[Any] = []  # kept in a forked child: to close one is to wait for threads that stayed behind


class OnnxPredict:
    """The network of an ONNX file as a function of arrays, see :data:`~fcn_captcha.model.prediction.Predict`.

    Many threads may call it at once. It can be pickled, and goes on working after a fork.
    """

    def __init__(self, content: bytes, threads: int = 0) -> None:
        """``threads`` share the work of one call; as many as there are cores where 0."""
        self._content = content
        self._threads = threads
        self._lock = threading.Lock()
        self._session, self._owner = _make_session(content, threads), os.getpid()

    def __call__(self, ink: Maps) -> Maps:
        if self._owner != os.getpid():  # a fork takes no threads along, and the session would wait for its own
            with self._lock:
                if self._owner != os.getpid():
                    _parents_sessions.append(self._session)
                    self._session, self._owner = _make_session(self._content, self._threads), os.getpid()
        options = _make_shrinking() if ink.size > _KEPT_PX else None
        maps = self._session.run(None, {self._session.get_inputs()[0].name: ink}, options)[0]
        return np.asarray(maps, dtype=np.float32)

    def __reduce__(self) -> tuple[type["OnnxPredict"], tuple[bytes, int]]:
        return OnnxPredict, (self._content, self._threads)

    def with_threads(self, threads: int) -> "OnnxPredict":
        """The same network, whose every call is the work of so many threads."""
        return OnnxPredict(self._content, threads)

    @property
    def metadata(self) -> dict[str, str]:
        found: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        return found

    @property
    def sizes(self) -> tuple[Any, Any]:
        """Channels that the network takes, and maps that it gives."""
        return self._session.get_inputs()[0].shape[-1], self._session.get_outputs()[0].shape[-1]


def _make_shrinking() -> Any:
    """Options of a call after which ONNX Runtime gives back the memory that it took."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _make_session(content: bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what goes wrong is an exception already
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def make_onnx(network: "keras.Model", config: ModelConfig) -> bytes:
    """The network as ONNX, checked against Keras.

    Raises ``ValueError`` where a layer can't be written, or where the two differ by more than 1e-4
    (of the largest value, where that is above 1).
    """
    from fcn_captcha.model.onnx_graph import make_graph

    content: bytes = make_graph(network).SerializeToString()
    rows, columns = (cells * config.stride for cells in _CHECKED_CELLS)
    ink = np.random.default_rng(0).random((2, rows, columns, config.preprocess.channels), np.float32)
    expected = make_predict(network)(ink)
    difference = float(np.abs(OnnxPredict(content)(ink) - expected).max()) / max(1.0, float(expected.max()))
    if not difference <= _TOLERANCE:
        raise ValueError(f"onnx: ONNX Runtime and Keras differ by {difference:.1e}, more than {_TOLERANCE}")
    return content


def write_onnx(path: Path, content: bytes, config: ModelConfig) -> None:
    """Writes a network that is ONNX already with its config; the file is whole or not there at all."""
    import onnx

    model = onnx.load_model_from_string(content)
    onnx.helper.set_model_props(model, {_KEY: json.dumps(config.as_dict(), ensure_ascii=False)})
    write_whole(path, model.SerializeToString())


def read_onnx(path: Path, threads: int = 0) -> tuple[OnnxPredict, ModelConfig]:
    """The network and config of an ONNX file that :func:`write_onnx` wrote.

    Raises :class:`ModelFileError` where it is something else, from a newer version or damaged.
    """
    try:
        predict = OnnxPredict(path.read_bytes(), threads)
    except ImportError:
        raise
    except Exception as error:  # ONNX Runtime's own have no common class
        raise ModelFileError(f"{path}: ONNX Runtime can't load it: {error}") from None
    try:
        record = json.loads(predict.metadata.get(_KEY, "null"))
    except ValueError:
        record = None
    config = parse_config(record, path)
    if predict.sizes != (config.preprocess.channels, len(config.alphabet)):
        raise ModelFileError(
            f"{path}: its network takes {predict.sizes[0]} channels and gives {predict.sizes[1]} maps, its record "
            f"says {config.preprocess.channels} and {len(config.alphabet)}"
        )
    return predict, config
