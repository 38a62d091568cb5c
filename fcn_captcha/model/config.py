"""What a reader needs beside the network: alphabet, preprocessing, options, all as a record of a model file."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from math import inf
from pathlib import Path
from typing import Any

import fcn_captcha
from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.calibration import Calibration
from fcn_captcha.maps.decoding import DecodingOptions
from fcn_captcha.maps.targets import SIGMAS_CELLS

FORMAT = 1  # of the record; raised when an older package could not read it rightly


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
    calibration: Calibration = field(default_factory=Calibration)

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
            "calibration": asdict(self.calibration),
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "ModelConfig":
        """The inverse of :meth:`as_dict`. Raises ``ValueError`` as the class does, for a missing field too."""
        record = {"sigmas_cells": SIGMAS_CELLS, "calibration": asdict(Calibration()), **record}  # older files had none
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
        try:
            values["calibration"] = Calibration.from_dict(values["calibration"])
        except ValueError as error:
            raise ValueError(f"calibration: {error}") from None
        return cls(**values)


def _check(name: str, value: Any, kinds: tuple[type, ...], holds: Callable[[Any], bool], rule: str) -> None:
    if not isinstance(value, kinds) or isinstance(value, bool) or not holds(value):
        raise ValueError(f"{name}: {rule} is needed, got {value!r}")


def _are_sigmas(values: tuple[Any, ...]) -> bool:
    return len(values) == 2 and all(type(v) in (int, float) and 0 < v < inf for v in values)


def parse_config(record: Any, path: Path) -> ModelConfig:
    """The config of the model file ``path`` from its record.

    Raises :class:`ModelFileError` for a record of something else, from a newer version or damaged.
    """
    if not isinstance(record, dict) or not isinstance(record.get("format"), int):
        raise ModelFileError(f"{path}: not a model of this package (its record states no format)")
    if record["format"] > FORMAT:
        raise ModelFileError(
            f"{path}: written by fcn_captcha {record.get('fcn_captcha')} in format {record['format']}; "
            f"this is {fcn_captcha.__version__} and reads formats up to {FORMAT}"
        )
    try:
        return ModelConfig.from_dict(record)
    except ValueError as error:
        raise ModelFileError(f"{path}: its record is damaged: {error}") from None
