"""One file with the network and everything that a reader needs beside it.

``model.keras`` is an ordinary Keras archive (``keras.saving.load_model`` opens it) with one more
entry, ``reader.json``: alphabet, preprocessing, threshold, versions.
"""

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fcn_captcha
from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import DecodingOptions
from fcn_captcha.maps.targets import SIGMAS_CELLS
from fcn_captcha.model.backend import load_keras
from fcn_captcha.model.run_folder import MODEL_NAME

if TYPE_CHECKING:
    import keras

FORMAT = 1  # of reader.json; raised when an older package could not read it rightly
_ENTRY = "reader.json"


@dataclass(frozen=True)
class ModelConfig:
    """What a reader needs beside the network.

    ``sigmas_cells`` are the standard deviations, across and down, of the Gaussians that it was trained on.

    Raises ``ValueError``, naming the field, the rule and the value.
    """

    alphabet: Alphabet
    preprocess: Preprocess
    threshold: float
    spacing_cells: float
    stride: int
    architecture: str
    sigmas_cells: tuple[float, float] = SIGMAS_CELLS

    def __post_init__(self) -> None:
        _check("threshold", self.threshold, (int, float), lambda x: 0 < x < 1, "a number between 0 and 1")
        _check("spacing_cells", self.spacing_cells, (int, float), lambda x: 0 < x < inf, "a positive number")
        _check("stride", self.stride, (int,), lambda x: x >= 1, "a whole number from 1 on")
        _check("sigmas_cells", self.sigmas_cells, (tuple,), _are_sigmas, "a pair of positive numbers")
        _check("architecture", self.architecture, (str,), bool, "a name")

    @property
    def options(self) -> DecodingOptions:
        return DecodingOptions(self.threshold, self.spacing_cells, sigmas_cells=self.sigmas_cells)

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "fcn_captcha": fcn_captcha.__version__,
            **{f.name: getattr(self, f.name) for f in fields(self)},
            "alphabet": self.alphabet.characters,
            "preprocess": asdict(self.preprocess),
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "ModelConfig":
        """The inverse of :meth:`as_dict`. Raises ``ValueError`` as the class does, for a missing field too."""
        record = {"sigmas_cells": SIGMAS_CELLS, **record}  # older files had no others
        missing = [f.name for f in fields(cls) if f.name not in record]
        if missing:
            raise ValueError(f"{missing[0]}: it is missing")
        values = {f.name: record[f.name] for f in fields(cls)}
        if isinstance(values["sigmas_cells"], list):
            values["sigmas_cells"] = tuple(values["sigmas_cells"])
        _check("alphabet", values["alphabet"], (str,), bool, "a string of its characters")
        _check("preprocess", values["preprocess"], (dict,), bool, "a record")
        values["alphabet"] = Alphabet(values["alphabet"])
        try:
            values["preprocess"] = Preprocess.from_dict(values["preprocess"])
        except ValueError as error:
            raise ValueError(f"preprocess: {error}") from None
        return cls(**values)


def _check(name: str, value: Any, kinds: tuple[type, ...], holds: Callable[[Any], bool], rule: str) -> None:
    if not isinstance(value, kinds) or isinstance(value, bool) or not holds(value):
        raise ValueError(f"{name}: {rule} is needed, got {value!r}")


def _are_sigmas(values: tuple[Any, ...]) -> bool:
    return len(values) == 2 and all(type(v) in (int, float) and 0 < v < inf for v in values)


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


def find_model(path: Path | str) -> Path:
    """The model file that ``path`` is or, as a run's folder, holds."""
    path = Path(path)
    if path.is_dir():
        if not (path / MODEL_NAME).exists():
            raise ModelFileError(f"{path}: no {MODEL_NAME} in this folder; was the training finished?")
        return path / MODEL_NAME
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
    if not isinstance(record, dict) or not isinstance(record.get("format"), int):
        raise ModelFileError(f"{path}: not a model of this package (no format in {_ENTRY})")
    if record["format"] > FORMAT:
        raise ModelFileError(
            f"{path}: written by fcn_captcha {record.get('fcn_captcha')} in format {record['format']}; "
            f"this is {fcn_captcha.__version__} and reads formats up to {FORMAT}"
        )
    try:
        return ModelConfig.from_dict(record)
    except ValueError as error:
        raise ModelFileError(f"{path}: {_ENTRY} is damaged: {error}") from None
