import json
import zipfile
from pathlib import Path

import pytest

from fcn_captcha.model_file import FORMAT, ModelFileError, find_model, read_card, read_model


def copy_with_card(run: Path, target: Path, change: dict[str, object], drop: str | None = None) -> Path:
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
    card = read_card(find_model(run))
    assert card.alphabet.characters == "2345678bcdefgmnpwxy"
    assert card.preprocess.ink == "dark"
    assert 0 < card.threshold < 1
    assert card.rules.threshold == card.threshold
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
    newer = copy_with_card(run, tmp_path / "n.keras", {"format": FORMAT + 1, "fcn_captcha": "9.0"})
    with pytest.raises(ModelFileError, match=rf"written by fcn_captcha 9\.0 in format {FORMAT + 1}"):
        read_model(newer)
    with pytest.raises(ModelFileError, match="is damaged"):
        read_model(copy_with_card(run, tmp_path / "d.keras", {}, drop="threshold"))
    with pytest.raises(ModelFileError, match="is damaged"):
        read_model(copy_with_card(run, tmp_path / "a.keras", {"alphabet": "aa"}))
