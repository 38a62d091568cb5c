"""A model file whose network never learnt: for tests of all that does not depend on what is read."""

from pathlib import Path

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.model_file import write_model
from fcn_captcha.model.network import make_network
from fcn_captcha.model.onnx_file import make_onnx, write_onnx

CHARACTERS = "2345678bcdefgmnpwxy"


def write_untrained(path: Path, characters: str = CHARACTERS) -> Path:
    write_model(path, make_network("residual", 1, len(characters)), _make_config(characters))
    return path


def write_untrained_onnx(path: Path, characters: str = CHARACTERS) -> Path:
    config = _make_config(characters)
    write_onnx(path, make_onnx(make_network("residual", 1, len(characters)), config), config)
    return path


def _make_config(characters: str) -> ModelConfig:
    return ModelConfig(Alphabet(characters), Preprocess(), 0.4, 2.0, 4, "residual")
