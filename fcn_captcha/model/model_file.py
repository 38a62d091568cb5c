"""One file with the network and everything that a reader needs beside it.

``model.keras`` is an ordinary Keras archive (``keras.saving.load_model`` opens it) with one more
entry, ``reader.json``: alphabet, preprocessing, threshold, versions.
"""

import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.model.backend import load_keras
from fcn_captcha.model.config import ModelConfig, parse_config

if TYPE_CHECKING:
    import keras

MODEL_NAME, ONNX_NAME = "model.keras", "model.onnx"  # in a run's folder
_ENTRY = "reader.json"


def write_model(path: Path, network: "keras.Model", config: ModelConfig) -> None:
    """Writes beside ``path`` and moves into place, so that a reader never meets half a file."""
    temporary = path.with_name(f".{os.getpid()}-{path.stem}.keras")
    try:
        network.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(_ENTRY, json.dumps(config.as_dict(), ensure_ascii=False, indent=1))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_model(path: Path | str) -> tuple["keras.Model", ModelConfig]:
    """The network and config in a model file or in a run's folder.

    Raises :class:`ModelFileError` where there is none, one from a newer version, or one whose network
    and config don't fit each other.
    """
    path = find_model(path)
    config = read_config(path)
    load_keras()
    import keras

    import fcn_captcha.model.network  # noqa: F401, registers what the file may name

    try:
        network = keras.saving.load_model(path, compile=False)
    except Exception as error:
        raise ModelFileError(f"{path}: Keras can't load it: {error}") from error
    try:
        _check_network(network, config)
    except ValueError as error:
        raise ModelFileError(f"{path}: {error}") from None
    return network, config


def _check_network(network: "keras.Model", config: ModelConfig) -> None:
    """Raises ``ValueError`` where the network's shapes are not those that the config states."""
    takes, gives = network.input_shape[-1], network.output_shape[-1]
    if takes != config.preprocess.channels:
        raise ValueError(f"the network takes {takes} channels, its preprocessing makes {config.preprocess.channels}")
    if gives != len(config.alphabet):
        raise ValueError(f"the network gives {gives} maps, its alphabet has {len(config.alphabet)} characters")
    cells = network.compute_output_shape((1, 8 * config.stride, 8 * config.stride, takes))[1:3]
    if tuple(cells) != (8, 8):
        raise ValueError(f"the network makes {cells[0]}×{cells[1]} cells where a stride of {config.stride} makes 8×8")


def find_model(path: Path | str, preferred: str = MODEL_NAME) -> Path:
    """The model file that ``path`` is or, as a run's folder, holds: the ``preferred`` one if there."""
    path = Path(path)
    if path.is_dir():
        for name in (preferred, MODEL_NAME):
            if (path / name).exists():
                return path / name
        raise ModelFileError(f"{path}: no {MODEL_NAME} in this folder; was the training finished?")
    if not path.exists():
        raise ModelFileError(f"{path}: no such model file or folder")
    return path


def read_config(path: Path) -> ModelConfig:
    """The config in a model file, without loading the network."""
    try:
        with zipfile.ZipFile(path) as archive:
            record = json.loads(archive.read(_ENTRY))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ModelFileError(f"{path}: not a model of this package ({error})") from None
    return parse_config(record, path)
