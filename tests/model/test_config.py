from dataclasses import replace
from pathlib import Path

import pytest

from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.calibration import Calibration
from fcn_captcha.model.config import FORMAT, ModelConfig, parse_config

CONFIG = ModelConfig(Alphabet("abc"), Preprocess(), 0.4, 2.0, 4, "residual")


def test_a_config_is_its_record_and_back() -> None:
    changed = replace(CONFIG, calibration=Calibration((1.5, -0.2), (0.7, 0.1)), sigmas_cells=(1.0, 2.0))
    for config in (CONFIG, changed):
        assert parse_config(config.as_dict(), Path("m")) == config


def test_a_record_without_calibration_has_the_scores_as_they_are() -> None:
    record = CONFIG.as_dict()
    del record["calibration"]
    assert parse_config(record, Path("m")).calibration.find_string(0.3) == 0.3


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (None, "m: not a model of this package"),
        ({"format": "1"}, "m: not a model of this package"),
        ({"format": FORMAT + 1, "fcn_captcha": "9.0"}, rf"m: written by fcn_captcha 9\.0 in format {FORMAT + 1}"),
        ({**CONFIG.as_dict(), "threshold": 2}, "m: its record is damaged: threshold: a number between 0 and 1"),
        ({**CONFIG.as_dict(), "calibration": {}}, "m: its record is damaged: calibration: a record of character and"),
        (
            {**CONFIG.as_dict(), "calibration": {"string": [0, 0], "character": [1.0, 0.0]}},
            "damaged: calibration: string: a positive slope and a shift are needed, got",
        ),
    ],
)
def test_what_is_wrong_with_a_record_is_named(record: object, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        parse_config(record, Path("m"))
