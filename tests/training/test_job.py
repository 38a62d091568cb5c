import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import write_images
from PIL import Image

from fcn_captcha import train
from fcn_captcha.console.progress import Watch
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import read_labelme
from fcn_captcha.model.backend import find_precision
from fcn_captcha.reading.reader import Reader
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.training import loop as loop_module
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.job import memorise
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.settings import Settings

QUICK: dict[str, Any] = {"epochs": 2, "epoch_images": 32}


# --- what there is to train on ------------------------------------------------------------------


def test_strings_alone_find_alphabet_size_and_colour(images: Path) -> None:
    dataset = make_dataset(Settings(data=str(images), out="o"))
    assert dataset.alphabet.characters == "2345678bcdefgmnpwxy"
    assert (dataset.preprocess.polarity, dataset.preprocess.scale) == ("dark", 1)
    assert not any(e.known for e in dataset.real)
    assert dataset.epoch_images == 1000
    assert dataset.draw_generated() == []
    drawn = dataset.draw_epoch(np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=len(dataset.real))
    assert len(drawn) == 1000
    assert counts.max() - counts.min() <= 1


def test_centres_beside_the_images_and_a_generator_mix(tmp_path: Path) -> None:
    write_images(tmp_path, 40, centres=True)
    settings = Settings(data=str(tmp_path), generator="plain", out="o", generated_share=0.75)
    dataset = make_dataset(settings)
    assert all(e.known for e in dataset.real)
    assert dataset.generated_count == 750
    assert len(dataset.draw_epoch(np.random.default_rng(0))) == 250
    generated = dataset.draw_generated()
    assert len(generated) == 750
    assert all(e.known for e in generated)
    assert not dataset.parts.training[0].name.startswith("plain")
    assert make_dataset(replace(settings, generated_share=0)).generated_count == 0


def test_a_generator_alone_has_parts_that_training_never_sees() -> None:
    dataset = make_dataset(Settings(generator="plain", out="o", epoch_images=100))
    held_back = {s.image.tobytes() for s in dataset.parts.validation + dataset.parts.test}
    assert len(held_back) == 1000
    assert len(dataset.draw_generated()) == 100
    other = make_dataset(Settings(generator="plain", out="o", seed=5))
    assert [s.text for s in other.parts.test] == [s.text for s in dataset.parts.test]


def test_labels_outside_a_given_alphabet_are_named_and_left_out(tmp_path: Path) -> None:
    write_images(tmp_path, 40)
    Image.new("RGB", (60, 30), "white").save(tmp_path / "xyz!.png")
    dataset = make_dataset(Settings(data=str(tmp_path), out="o", alphabet="2345678bcdefgmnpwxyz"))
    assert any("xyz!.png" in p and "character '!' is not in the alphabet" in p for p in dataset.problems)
    assert len(dataset.alphabet) == 20
    with pytest.raises(DataError, match="no label consists of the alphabet 'QR' alone"):
        make_dataset(Settings(data=str(tmp_path), out="o", alphabet="QR"))


def test_a_string_that_cannot_fit_is_named_and_left_out(tmp_path: Path) -> None:
    write_images(tmp_path, 60)
    for i in range(20):
        Image.new("RGB", (12, 12 + i), "white").save(tmp_path / f"mmmmm-{i}.png")
    dataset = make_dataset(Settings(data=str(tmp_path), out="o"))
    named = [p for p in dataset.problems if "can't fit" in p]
    assert named
    assert "5 characters can't fit into its 3 columns" in named[0]
    assert all(len(e.channels) <= e.ink.shape[1] / 4 + 1 for e in dataset.real)
    assert len(dataset.real) == len(dataset.parts.training)


def test_too_few_images_say_so(tmp_path: Path) -> None:
    write_images(tmp_path, 2)
    with pytest.raises(DataError, match="too few images"):
        make_dataset(Settings(data=str(tmp_path), out="o"))


# --- one training --------------------------------------------------------------------------------


def test_the_run_folder_holds_all_that_was_promised(run: Path) -> None:
    assert {p.name for p in run.iterdir()} == {
        "model.keras",
        "history.csv",
        "settings.json",
        "measures.json",
        "report.html",
    }
    with (run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["images"] for row in rows] == ["500", "1000", "1500", "2000", "2500"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"]) / 5
    settings = json.loads((run / "settings.json").read_text())
    assert settings["epoch_images"] == 500
    assert settings["optimiser"] == "muon"
    assert settings["precision"] in ("float32", "bfloat16")
    assert "keras" in settings["versions"]
    measures = json.loads((run / "measures.json").read_text())
    assert measures["images"] == 500
    assert measures["exact"] > 0.7


def test_the_report_is_one_page_that_needs_nothing_else(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert "exact match" in page
    assert "instead of" in page or "None: every character" in page
    assert page.count("<svg") > 20
    assert "data:image/png;base64," in page
    outside = [part for part in page.split('href="')[1:] if not part.startswith(("data:", "#"))]
    assert not outside
    assert 'src="http' not in page


class Recorder:
    """A network that learns nothing and remembers what it was shown, with which learning rate."""

    def __init__(self, classes: int) -> None:
        self.optimizer = SimpleNamespace(learning_rate=0.0)
        self.shown: list[tuple[bytes, bytes, float]] = []
        self._classes = classes

    def train_on_batch(self, ink: np.ndarray, maps: np.ndarray) -> float:
        self.shown.append((ink.tobytes(), maps.tobytes(), self.optimizer.learning_rate))
        return 1.0

    def predict_on_batch(self, ink: np.ndarray) -> np.ndarray:
        return np.zeros((*ink[:, ::4, ::4, 0].shape, self._classes), np.float32)

    def get_weights(self) -> list[np.ndarray]:
        return []


@pytest.fixture
def show(images: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[bytes, bytes, float]]]:
    """What a training of these settings shows its network."""

    def run(**change: Any) -> list[tuple[bytes, bytes, float]]:
        settings = Settings(data=str(images), **{**QUICK, **change})
        dataset = make_dataset(settings)
        recorder = Recorder(len(dataset.alphabet))
        chosen = {"precision": "float32", "optimiser": "muon", "learning_rate": 3e-3}
        monkeypatch.setattr(loop_module, "_make_compiled", lambda dataset, settings: (recorder, chosen))
        Loop(dataset, settings, 0.0).run(Watch(quiet=True))
        return recorder.shown

    return run


def test_the_same_seed_shows_the_same_and_each_setting_of_the_data_changes_it(
    show: Callable[..., list[tuple[bytes, bytes, float]]],
) -> None:
    first = show()
    assert first == show()
    changes: list[dict[str, Any]] = [
        {"seed": 1},
        {"augmentation": 0.0},
        {"sigma_across": 3.0},
        {"sigma_down": 1.0},
        {"batch_size": 8},
        {"epochs": 3},
        {"epochs": None, "images": 100},
        {"epoch_images": 48},
        {"limit": 20},
        {"fold": 4},
        {"alphabet": "2345678bcdefgmnpwxyz"},
        {"label_pattern": "(.).*"},
        {"generator": "plain"},
        {"generator": "coalesced"},
        {"generator": "coalesced", "generator_options": "length=3 alphabet=234bcd"},
        {"generator": "plain", "generated_share": 0.9},
    ]
    seen = [first]
    for change in changes:
        other = show(**change)
        assert other not in seen, change
        seen.append(other)


def train_weights(data: Path, **change: Any) -> list[np.ndarray]:
    settings = Settings(data=str(data), **{**QUICK, **change})
    loop = Loop(make_dataset(settings), settings, 0.0)
    loop.run(Watch(quiet=True))
    return loop.make_best().get_weights()  # type: ignore[no-any-return]


def test_the_same_settings_train_the_same_weights_and_each_of_the_network_s_changes_them(tmp_path: Path) -> None:
    for i, sample in enumerate(stream(find_generator("image-captcha", "width=64 height=32 alphabet=abc length=2"), 0)):
        Image.fromarray(sample.image).save(tmp_path / f"{sample.text}-{i}.png")  # of one size: a single graph
        if i == 40:
            break
    first, again = train_weights(tmp_path), train_weights(tmp_path)
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(first, again, strict=True))
    changes: list[dict[str, Any]] = [
        {"learning_rate": 1e-4},
        {"weight_decay": 0.5},
        {"optimiser": "adamw"},
        {"precision": "float32" if find_precision() == "bfloat16" else "bfloat16"},
        {"seed": 1, "augmentation": 0.0},
    ]
    for change in changes:
        other = train_weights(tmp_path, **change)
        assert not all(np.allclose(a, b, atol=1e-6) for a, b in zip(first, other, strict=True)), change
    assert len(train_weights(tmp_path, architecture="classic")) != len(first)


def test_images_are_a_budget(images: Path) -> None:
    settings = Settings(data=str(images), images=100)
    loop = Loop(make_dataset(settings), settings, 0.0)
    assert not loop.run(Watch(quiet=True))
    assert loop.history[-1].images == 112  # whole batches of 16
    assert loop.history[-1].learning_rate == 0


def test_minutes_are_a_budget_by_a_clock_that_is_passed_in(images: Path) -> None:
    ticks = iter(range(10**6))  # a second passes whenever it is asked
    settings = Settings(data=str(images), minutes=5)
    loop = Loop(make_dataset(settings), settings, 0.0, lambda: float(next(ticks)))
    loop.run(Watch(quiet=True))
    assert 240 < loop.seconds < 330
    assert loop.history[-1].learning_rate == 0


def test_save_centres_writes_what_alignment_found_and_keeps_what_exists(tmp_path: Path) -> None:
    write_images(tmp_path / "data", 40)
    mine = sorted((tmp_path / "data").glob("*.png"))[0].with_suffix(".json")
    train(data=str(tmp_path / "data"), out=str(tmp_path / "a"), save_centres=True, **QUICK)
    written = sorted((tmp_path / "data").glob("*.json"))
    assert 25 < len(written) < 40
    for path in written:
        text, centres = read_labelme(path)
        assert text == path.name.split("-")[0]
        assert (np.diff(centres[:, 0]) > 0).all()
    mine = written[0]
    mine.write_text(mine.read_text().replace('"flags": {}', '"flags": {"checked": true}', 1))
    train(data=str(tmp_path / "data"), out=str(tmp_path / "b"), save_centres=True, **QUICK)
    assert "checked" in mine.read_text()


def test_nothing_that_exists_is_overwritten_unless_asked(images: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"exists; choose another --out, or --overwrite"):
        train(data=str(images), out=str(tmp_path), **QUICK)
    with pytest.raises(FileExistsError):
        train(data=str(images), out=str(tmp_path / "thesis.txt"), **QUICK)
    train(data=str(images), out=str(tmp_path), overwrite=True, **QUICK)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert Reader.load(tmp_path)


def test_a_failed_start_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        train(data=str(tmp_path / "none"), out=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_ctrl_c_keeps_the_best_model(images: Path, tmp_path: Path) -> None:
    class Impatient(Watch):
        moves = 0

        def move(self, share: float, line: str) -> None:
            self.moves += 1
            if self.moves == 5:
                raise KeyboardInterrupt

    result = train(watch=Impatient(quiet=True), data=str(images), out=str(tmp_path / "run"), epochs=50, epoch_images=32)
    assert result.interrupted
    assert len(result.history) == 2  # two steps of 16 an epoch: it ended in the third
    image = next(images.glob("*.png"))
    kept = Reader.load(tmp_path / "run").make_maps(image)[0]
    np.testing.assert_allclose(kept, result.reader.make_maps(image)[0], atol=1e-6)


def test_memorising_a_few_images_and_naming_what_cannot_be(tmp_path: Path) -> None:
    samples = write_images(tmp_path, 8, seed=3)
    found = memorise(Settings(data=str(tmp_path)), 8)
    assert found.images == 8
    assert found.failures == ()
    # The same picture, a pixel apart, under another name can't be both.
    picture = samples[0].image.copy()
    picture[0, 0] ^= 1
    Image.fromarray(picture).save(tmp_path / "wxy-wrong.png")
    found = memorise(Settings(data=str(tmp_path), epochs=4), 9)
    names = {name for name, _, _ in found.failures}
    assert names & {"wxy-wrong.png", f"{samples[0].text}-0.png"}


def test_one_character_strings_and_twins_train(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(40):
        text = ("a", "aa", "b")[i % 3]
        pixels = rng.integers(230, 256, (24, 37, 3)).astype(np.uint8)
        for k, character in enumerate(text):
            pixels[5:19, 6 + 14 * k : 9 + 14 * k] = 0
            if character == "b":
                pixels[5:8, 6:16] = 0
        Image.fromarray(pixels).save(tmp_path / f"{text}-{i}.png")
    result = train(data=str(tmp_path), out=str(tmp_path / "run"), epochs=5, augmentation=0.3)
    assert result.measures.exact.value > 0.9


def test_where_few_real_images_choose_drawn_ones_help(images: Path, tmp_path: Path) -> None:
    few = make_dataset(Settings(data=str(images), generator="plain", limit=16)).parts
    assert (len(few.training), len(few.validation)) == (16, 100)
    assert sum(s.path is not None for s in few.validation) == 2
    assert all(s.path is not None for s in few.training + few.test)
    alone = make_dataset(Settings(data=str(images), limit=16)).parts
    assert len(alone.validation) == 2
