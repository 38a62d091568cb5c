"""One file with the network and everything that a reader needs beside it.

``model.keras`` is an ordinary Keras archive (``keras.saving.load_model`` opens it) with one more
entry, ``reader.json``: alphabet, preprocessing, threshold, versions.
"""

import json
import os
import zipfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fcn_captcha
from fcn_captcha.alphabet import Alphabet
from fcn_captcha.centre_maps import WIDTHS_CELLS
from fcn_captcha.decoding import Rules
from fcn_captcha.preprocess import Preprocess

if TYPE_CHECKING:
    import keras

FORMAT = 1  # of reader.json; raised when an older package could not read it rightly
MODEL_NAME = "model.keras"
_ENTRY = "reader.json"


class ModelFileError(ValueError):
    """A file that is no model, or one that this version can't read; the message names it."""


@dataclass(frozen=True)
class Card:
    """What a reader needs beside the network.

    ``widths_cells`` are the standard deviations, across and down, of the Gaussians that it was trained on.
    """

    alphabet: Alphabet
    preprocess: Preprocess
    threshold: float
    spacing_cells: float
    stride: int
    architecture: str
    widths_cells: tuple[float, float] = WIDTHS_CELLS

    @property
    def rules(self) -> Rules:
        return Rules(self.threshold, self.spacing_cells, widths_cells=self.widths_cells)

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "fcn_captcha": fcn_captcha.__version__,
            **{f.name: getattr(self, f.name) for f in fields(self)},
            "alphabet": self.alphabet.characters,
            "preprocess": asdict(self.preprocess),
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "Card":
        record = {"widths_cells": WIDTHS_CELLS, **record}  # older files had no others
        values = {f.name: record[f.name] for f in fields(cls)}
        values["widths_cells"] = tuple(map(float, values["widths_cells"]))
        values["alphabet"] = Alphabet(record["alphabet"])
        values["preprocess"] = Preprocess(**record["preprocess"])
        return cls(**values)


def write_model(path: Path, network: "keras.Model", card: Card) -> None:
    """Writes beside ``path`` and moves into place, so that a reader never meets half a file."""
    temporary = path.with_name(f".{os.getpid()}-{path.stem}.keras")
    try:
        network.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(_ENTRY, json.dumps(card.as_dict(), ensure_ascii=False, indent=1))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_model(path: Path | str) -> tuple["keras.Model", Card]:
    """The network and card in a model file or in a run's folder.

    Raises :class:`ModelFileError` where there is none, or one from a newer version.
    """
    path = find_model(path)
    card = read_card(path)
    import keras

    import fcn_captcha.network  # noqa: F401, registers what the file may name

    try:
        network = keras.saving.load_model(path, compile=False)
    except Exception as error:
        raise ModelFileError(f"{path}: Keras can't load it: {error}") from error
    return network, card


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


def read_card(path: Path) -> Card:
    """The card in a model file, without loading the network."""
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
        return Card.from_dict(record)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: {_ENTRY} is damaged ({error})") from None
