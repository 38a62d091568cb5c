import shutil
import weakref
from pathlib import Path

import numpy as np
import pytest
from conftest import write_images
from shard_files import write_stripe_shards

from fcn_captcha import evaluate as command
from fcn_captcha.data import shards
from fcn_captcha.data.images import Pixels
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.data.shards import Shards
from fcn_captcha.evaluation.evaluator import evaluate, make_places, place_on_canvas
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.transform import Transform
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.model_file import write_model
from fcn_captcha.model.network import make_network
from fcn_captcha.reading.reader import Reader


def test_on_a_canvas_the_image_moves_and_the_ground_goes_on() -> None:
    image = np.random.default_rng(0).integers(0, 255, (10, 21, 3)).astype(np.uint8)
    image[:, 0], image[:, -1] = (250, 240, 230), (200, 210, 220)
    for place, left in ((0.0, 0), (0.5, 5), (1.0, 10)):
        canvas = place_on_canvas(image, place)
        assert canvas.shape == (10, 31, 3)
        np.testing.assert_array_equal(canvas[:, left : left + 21], image)
        assert (canvas[:, :left] == (250, 240, 230)).all()
        assert (canvas[:, left + 21 :] == (200, 210, 220)).all()
    places = make_places()
    assert (places[0], places[4], places[-1], len(places)) == (0, 0.5, 1, 9)


def test_shifts_are_measured_where_asked_for(run: Path, images: Path) -> None:
    found = evaluate(run, images, part="test", shift=True)
    assert [place for place, _ in found.shift_curve] == list(make_places())
    assert all(share.count == found.measures.exact.count for _, share in found.shift_curve)
    assert all(abs(share.value - found.measures.exact.value) < 0.2 for _, share in found.shift_curve)
    assert evaluate(run, images, part="test").shift_curve == ()
    with pytest.raises(ValueError, match="part: all or test"):
        evaluate(run, images, part="some")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model, outside any run's folder."""
    path = tmp_path_factory.mktemp("models") / "plain.keras"
    alphabet = Alphabet("2345678bcdefgmnpwxy")
    config = ModelConfig(alphabet, Preprocess(), 0.4, 2.0, 4, "seed")
    write_model(path, make_network("classic", config.preprocess.channels, len(alphabet)), config)
    return path


def test_a_model_alone_can_not_tell_what_it_was_trained_on(model: Path, images: Path) -> None:
    found = evaluate(model, images, part="test", fold=3)
    assert found.measures.exact.count < 40
    assert any("can't be known which images it was trained on" in p for p in found.problems)
    with pytest.raises(ValueError, match=r"fold: .*--part test is needed with it, got 3"):
        evaluate(model, images, fold=3)


def test_the_command_finds_labels_as_stated_or_as_its_run_did(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    for i, sample in enumerate(write_images(data, 4)):
        (data / f"{sample.text}-{i}.png").rename(data / f"{sample.text}_{i}a0.png")
    assert command.main([str(model), "--data", str(data), "--label-pattern", "(.+)_.*"]) == 0
    assert "labels by --label-pattern '(.+)_.*'" in capsys.readouterr().err
    (tmp_path / "run").mkdir()
    shutil.copy(model, tmp_path / "run" / "model.keras")
    (tmp_path / "run" / "settings.json").write_text('{"data": null, "label_pattern": "(.+)_[0-9a-f]+"}')
    assert command.main([str(tmp_path / "run"), "--data", str(data), "--json"]) == 0
    assert "labels by --label-pattern '(.+)_[0-9a-f]+'" in capsys.readouterr().err


def test_no_more_than_one_images_maps_are_held(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_images(tmp_path, 6)
    held: list[weakref.ref[np.ndarray]] = []
    make_maps = Reader.make_maps

    def watch_maps(reader: Reader, image: Pixels) -> tuple[np.ndarray, Transform]:
        assert sum(ref() is not None for ref in held) <= 1
        maps, to_cells = make_maps(reader, image)
        maps = maps.copy()
        held.append(weakref.ref(maps))
        return maps, to_cells

    monkeypatch.setattr(Reader, "make_maps", watch_maps)
    found = evaluate(model, tmp_path)
    assert len(held) == found.measures.exact.count == 6


def test_of_shards_the_test_part_is_read_or_as_many_of_all(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_stripe_shards(tmp_path, 100)
    test = Shards(tmp_path).split(fold=3).test
    found = evaluate(model, tmp_path, part="test", fold=3)
    assert found.measures.exact.count == len(test) > 0
    assert found.notes[-1].startswith(f"shards: {len(test)} of {len(test)} images of the test part")
    monkeypatch.setattr(shards, "MOST_TESTED", 30)
    found = evaluate(model, tmp_path)
    assert found.measures.exact.count == 30
    assert found.notes[-1].startswith("shards: 30 of 100 images, the first by the hash")
