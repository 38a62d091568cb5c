import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folders import write_bars
from recorder import Notebook, make_weights, record

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import read_labelme
from fcn_captcha.evaluation.result import Result
from fcn_captcha.model.model_file import read_model
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training import finishing
from fcn_captcha.training.job import train
from fcn_captcha.training.settings import Settings


def make_settings(data: Path, out: Path, **change: Any) -> Settings:
    return Settings(**{"data": str(data), "out": str(out), "epochs": 2, "epoch_images": 32, "batch_size": 16, **change})


# --- of drawn images -------------------------------------------------------------------------------


def test_the_run_folder_holds_all_that_was_promised(run: Path) -> None:
    assert {p.name for p in run.iterdir()} == {
        "model.keras",
        "model.onnx",
        "history.csv",
        "settings.json",
        "measures.json",
        "report.html",
    }
    with (run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["images"] for row in rows] == ["240", "480", "720", "960", "1200"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"]) / 3
    settings = json.loads((run / "settings.json").read_text())
    assert settings["epoch_images"] == 240
    assert settings["optimiser"] == "muon"
    assert settings["precision"] in ("float32", "bfloat16")
    assert "keras" in settings["versions"]
    measures = json.loads((run / "measures.json").read_text())
    assert measures["images"] == 100
    assert measures["exact"] > 0.7


# --- of a folder, from strings alone ---------------------------------------------------------------


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A training on strings of one character and of the same one twice, aligned on the way."""
    folder = tmp_path_factory.mktemp("bars")
    write_bars(folder / "data", [("a", "aa", "b")[i % 3] for i in range(60)])
    settings = make_settings(folder / "data", folder / "run", epochs=6, epoch_images=400)
    return train(replace(settings, augmentation=0.3, save_centres=True))


def test_one_character_strings_and_twins_train(bars: Result) -> None:
    assert bars.measures.exact.count >= 4
    assert bars.measures.exact.value > 0.9
    assert bars.history[0].movement_px is None
    assert bars.history[-1].movement_px is not None
    reader = Reader.load(bars.out)
    assert [reader.read(s.image).text for s in bars.test] == [reading.text for reading in bars.readings]


def test_centres_that_alignment_found_are_saved_where_the_characters_are(bars: Result) -> None:
    written = sorted((bars.out.parent / "data").glob("*.json"))
    assert len(written) == bars.images
    for path in written:
        text, centres = read_labelme(path)
        wanted_px = [(7.0 + 14 * k, 11.5) for k in range(len(text))]
        np.testing.assert_allclose(centres[:, 0], np.array(wanted_px)[:, 0], atol=4, err_msg=path.name)


# --- without learning ------------------------------------------------------------------------------


@pytest.fixture
def _without_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor with a report, which takes seconds to draw."""
    record(monkeypatch)
    monkeypatch.setattr(finishing, "make_page", lambda result: "a page")


@pytest.mark.usefixtures("_without_learning")
def test_nothing_that_exists_is_overwritten_unless_asked(images: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"exists; choose another --out, or --overwrite"):
        train(make_settings(images, tmp_path))
    with pytest.raises(FileExistsError):
        train(make_settings(images, tmp_path / "thesis.txt"))
    train(make_settings(images, tmp_path, overwrite=True))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert Reader.load(tmp_path)


def test_a_failed_start_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        train(make_settings(tmp_path / "none", tmp_path / "run"))
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("_without_learning")
def test_ctrl_c_keeps_the_best_model(images: Path, tmp_path: Path) -> None:
    class Impatient(Notebook):
        def move(self, share: float, line: str) -> None:
            super().move(share, line)
            if len(self.moves) == 5:
                raise KeyboardInterrupt

    result = train(make_settings(images, tmp_path / "run", epochs=50), Impatient())
    assert result.interrupted
    assert len(result.history) == 2  # two steps of 16 an epoch: it ended in the third
    network, config = read_model(tmp_path / "run")
    wanted = make_weights(1, len(config.alphabet), steps=4)
    assert all((a == b).all() for a, b in zip(network.get_weights(), wanted, strict=True))
    image = next(images.glob("*.png"))
    kept = Reader.load(tmp_path / "run").make_maps(image)[0]
    np.testing.assert_allclose(kept, result.reader.make_maps(image)[0], atol=1e-4)
