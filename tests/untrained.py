"""A model file whose network never learnt: for tests of all that does not depend on what is read."""

from pathlib import Path

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.model_file import ModelConfig, write_model
from fcn_captcha.model.network import make_network

CHARACTERS = "2345678bcdefgmnpwxy"


def write_untrained(path: Path, characters: str = CHARACTERS) -> Path:
    network = make_network("residual", 1, len(characters))
    write_model(path, network, ModelConfig(Alphabet(characters), Preprocess(), 0.4, 2.0, 4, "residual"))
    return path
