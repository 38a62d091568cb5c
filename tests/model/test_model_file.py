import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from untrained import CHARACTERS, write_untrained

from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.config import FORMAT, ModelConfig
from fcn_captcha.model.model_file import find_model, read_config, read_model, write_model
from fcn_captcha.model.network import make_network

CONFIG = ModelConfig(Alphabet(CHARACTERS), Preprocess(0.5, "light"), 0.4, 2.0, 4, "residual")


def copy_with_config(run: Path, target: Path, change: dict[str, object], drop: str | None = None) -> Path:
    with zipfile.ZipFile(run / "model.keras") as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            if entry == "reader.json":
                record = {**json.loads(content), **change}
                if drop:
                    del record[drop]
                content = json.dumps(record).encode()
            new.writestr(entry, content)
    return target


def test_the_card_says_all_that_a_reader_needs(run: Path) -> None:
    config = read_config(find_model(run))
    assert config.alphabet.characters == "2345678bcdefgmnpwxy"
    assert config.preprocess.polarity == "dark"
    assert 0 < config.threshold < 1
    assert config.options.threshold == config.threshold
    with zipfile.ZipFile(run / "model.keras") as archive:
        assert {"format", "fcn_captcha"} <= set(json.loads(archive.read("reader.json")))


def test_keras_opens_the_file_by_itself(run: Path) -> None:
    import keras

    network = keras.saving.load_model(run / "model.keras", compile=False)
    assert network.output_shape == (None, None, None, 19)


def test_what_is_no_model_is_named(tmp_path: Path, run: Path) -> None:
    with pytest.raises(ModelFileError, match=r"nothing: no such model"):
        read_model(tmp_path / "nothing")
    with pytest.raises(ModelFileError, match=r"no model\.keras in this folder"):
        read_model(tmp_path)
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(ModelFileError, match=r"text\.keras: not a model of this package"):
        read_model(tmp_path / "text.keras")
    whole = (run / "model.keras").read_bytes()
    (tmp_path / "cut.keras").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match=r"cut\.keras: not a model"):
        read_model(tmp_path / "cut.keras")
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ModelFileError, match=r"other\.keras: not a model of this package"):
        read_model(tmp_path / "other.keras")


def test_a_model_of_a_newer_version_or_with_a_damaged_card(tmp_path: Path, run: Path) -> None:
    newer = copy_with_config(run, tmp_path / "n.keras", {"format": FORMAT + 1, "fcn_captcha": "9.0"})
    with pytest.raises(ModelFileError, match=rf"written by fcn_captcha 9\.0 in format {FORMAT + 1}"):
        read_model(newer)
    with pytest.raises(ModelFileError, match="is damaged"):
        read_model(copy_with_config(run, tmp_path / "d.keras", {}, drop="threshold"))
    with pytest.raises(ModelFileError, match="is damaged"):
        read_model(copy_with_config(run, tmp_path / "a.keras", {"alphabet": "aa"}))


def test_a_card_reads_back_as_it_was_written(tmp_path: Path) -> None:
    assert ModelConfig.from_dict(json.loads(json.dumps(CONFIG.as_dict()))) == CONFIG
    assert read_config(write_untrained(tmp_path / "m.keras")).alphabet.characters == CHARACTERS


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("threshold", "0.4", "threshold: a number between 0 and 1 is needed, got '0.4'"),
        ("threshold", 1, "threshold: a number between 0 and 1 is needed, got 1"),
        ("sigmas_cells", [1.3], "sigmas_cells: a pair of positive numbers is needed, got"),
        ("sigmas_cells", [1.3, -1], "sigmas_cells: a pair of positive numbers is needed, got"),
        ("threshold", True, "threshold: a number between 0 and 1 is needed, got True"),
        ("threshold", float("nan"), "threshold: a number between 0 and 1 is needed, got nan"),
        ("spacing_cells", None, "spacing_cells: a positive number is needed, got None"),
        ("spacing_cells", 0, "spacing_cells: a positive number is needed, got 0"),
        ("spacing_cells", float("inf"), "spacing_cells: a positive number is needed, got inf"),
        ("stride", 4.0, "stride: a whole number from 1 on is needed, got 4.0"),
        ("stride", 0, "stride: a whole number from 1 on is needed, got 0"),
        ("alphabet", ["a", "b"], "alphabet: a string of its characters is needed, got ['a', 'b']"),
        ("alphabet", "", "alphabet: a string of its characters is needed, got ''"),
        ("alphabet", "aba", "alphabet: each character once, got 'a' twice"),
        ("architecture", 3, "architecture: a name is needed, got 3"),
        ("preprocess", "dark", "preprocess: a record is needed, got 'dark'"),
        ("preprocess", {"scale": 1.0, "ink": "dark", "blur": 2}, "preprocess: blur: not known to this version"),
        ("preprocess", {"scale": 1.0}, "preprocess: polarity: it is missing"),
        ("preprocess", {"scale": "1", "ink": "dark"}, "preprocess: scale: it must lie in (0, 8], got '1'"),
        ("preprocess", {"scale": 1.0, "ink": ["dark"]}, "preprocess: polarity: it must be dark, light or either"),
    ],
)
def test_a_damaged_card_is_named_with_field_rule_and_value(
    tmp_path: Path, field: str, value: object, message: str
) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("reader.json", json.dumps({**CONFIG.as_dict(), field: value}))
    with pytest.raises(ModelFileError) as error:
        read_config(path)
    assert f"m.keras: its record is damaged: {message}" in str(error.value)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (replace(CONFIG, alphabet=Alphabet("ab")), "m.keras: the network gives 19 maps, its alphabet has 2 characters"),
        (replace(CONFIG, stride=8), "m.keras: the network makes 16×16 cells where a stride of 8 makes 8×8"),
    ],
)
def test_network_and_card_must_fit_each_other(tmp_path: Path, config: ModelConfig, message: str) -> None:
    write_model(tmp_path / "m.keras", make_network("residual", 1, 19), config)
    with pytest.raises(ModelFileError, match=message):
        read_model(tmp_path / "m.keras")


def test_a_network_of_three_colours_does_not_fit_a_card_of_one(tmp_path: Path) -> None:
    write_model(tmp_path / "m.keras", make_network("classic", 3, 19), CONFIG)
    with pytest.raises(ModelFileError, match=r"the network takes 3 channels, its preprocessing makes 1"):
        read_model(tmp_path / "m.keras")


def test_a_file_from_before_widths_were_recorded_has_the_usual_ones(run: Path, tmp_path: Path) -> None:
    config = read_config(copy_with_config(run, tmp_path / "old.keras", {}, drop="sigmas_cells"))
    assert config == read_config(find_model(run))
    assert config.options.sigmas_cells == (1.3, 2.6)
