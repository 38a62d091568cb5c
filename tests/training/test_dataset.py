from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import write_images
from folders import write_namesakes, write_stripes
from PIL import Image

from fcn_captcha.data.errors import DataError
from fcn_captcha.training import dataset as dataset_module
from fcn_captcha.training.dataset import make_dataset, make_few
from fcn_captcha.training.examples import move_centres
from fcn_captcha.training.settings import Settings


def test_strings_alone_find_alphabet_size_and_colour(images: Path) -> None:
    dataset = make_dataset(Settings(data=str(images), out="o"))
    assert dataset.alphabet.characters == "2345678bcdefgmnpwxy"
    assert (dataset.preprocess.polarity, dataset.preprocess.scale) == ("dark", 1)
    assert not any(e.known for e in dataset.real)
    assert dataset.epoch_images == 1000
    assert dataset.draw_streamed() == []
    drawn = dataset.draw_epoch(np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=len(dataset.real))
    assert len(drawn) == 1000
    assert counts.max() - counts.min() <= 1


def test_a_large_folder_has_epochs_of_some_minutes_which_show_each_image_as_often(
    images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_module, "_LEAST_EPOCH", 10)
    monkeypatch.setattr(dataset_module, "_MOST_EPOCH", 48)
    dataset, rng = make_dataset(Settings(data=str(images), out="o")), np.random.default_rng(0)
    count = len(dataset.real)
    assert dataset.epoch_images == 48 < count
    drawn = [i for _ in range(2 * count) for i in dataset.draw_epoch(rng)]
    for start in range(0, len(drawn), count):
        assert sorted(drawn[start : start + count]) == list(range(count))


def test_centres_beside_the_images_and_a_generator_mix(tmp_path: Path) -> None:
    write_images(tmp_path, 40, centres=True)
    settings = Settings(data=str(tmp_path), generator="plain", out="o", generated_share=0.75)
    dataset = make_dataset(settings)
    assert all(e.known for e in dataset.real)
    assert dataset.streamed_count == 750
    assert len(dataset.draw_epoch(np.random.default_rng(0))) == 250
    generated = dataset.draw_streamed()
    assert len(generated) == 750
    assert all(e.known for e in generated)
    assert not dataset.parts.training[0].name.startswith("plain")
    assert make_dataset(replace(settings, generated_share=0)).streamed_count == 0


def test_a_generator_alone_has_parts_that_training_never_sees() -> None:
    dataset = make_dataset(Settings(generator="plain", out="o", epoch_images=100))
    held_back = {s.image.tobytes() for s in dataset.parts.validation + dataset.parts.test}
    assert len(held_back) == 1000
    assert len(dataset.draw_streamed()) == 100
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
    height = write_images(tmp_path, 60)[0].image.shape[0]
    for i in range(20):
        Image.new("RGB", (12, height), (200 + i,) * 3).save(tmp_path / f"mmmmm-{i}.png")
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


def test_where_few_real_images_choose_drawn_ones_help(images: Path) -> None:
    few = make_dataset(Settings(data=str(images), generator="plain", limit=16)).parts
    assert (len(few.training), len(few.validation)) == (16, 100)
    assert sum(s.path is not None for s in few.validation) == 2
    assert all(s.path is not None for s in few.training + few.test)
    alone = make_dataset(Settings(data=str(images), limit=16)).parts
    assert len(alone.validation) == 2


def test_namesakes_and_narrow_images_leave_samples_and_examples_in_step(tmp_path: Path) -> None:
    dataset = make_dataset(Settings(data=str(write_namesakes(tmp_path)), out="o"))
    assert [s.name for s in dataset.parts.training] == [e.name for e in dataset.real]
    narrow = [s.name for s in dataset.parts.unused]
    assert narrow
    assert all(name.startswith("b/") and int(name[3:5]) % 3 == 0 for name in narrow)


def test_what_the_alphabet_lacks_is_unused(tmp_path: Path) -> None:
    for i in range(40):
        write_stripes(tmp_path / f"{'ab' if i % 4 else 'a!'}12{i:02d}.png", i)
    settings = Settings(data=str(tmp_path), out="o", alphabet="ab0123456789")
    parts = make_dataset(settings).parts
    assert len(parts.unused) == 10
    assert all("!" in s.text for s in parts.unused)
    assert len(make_dataset(replace(settings, alphabet=None)).parts.unused) == 0


def test_few_images_are_all_of_the_parts(images: Path) -> None:
    dataset = make_few(Settings(data=str(images), out="o"), 6)
    assert dataset.parts.training == dataset.parts.validation == dataset.parts.test
    assert [e.name for e in dataset.real] == [s.name for s in dataset.parts.training]
    assert len(dataset.real) == 6
    assert set(dataset.alphabet.characters) == set("".join(s.text for s in dataset.parts.training))


def test_deskew_levels_all_examples(tmp_path: Path) -> None:
    for number in range(40):
        pixels = np.full((80, 160, 3), 255, np.uint8)
        cv2.putText(pixels, "HEFB", (30, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (number, 0, 0), 4)
        matrix = cv2.getRotationMatrix2D((80, 40), number - 20, 1)
        turned = cv2.warpAffine(pixels, matrix, (160, 80), borderValue=(255, 255, 255))
        Image.fromarray(turned).save(tmp_path / f"HEFB-{number}.png")
    plain, levelled = (make_dataset(Settings(data=str(tmp_path), deskew=on)) for on in (False, True))
    assert plain.preprocess.text_height_px is None
    assert levelled.preprocess.text_height_px == 28
    assert {example.ink.shape[0] for example in plain.real} == {64}
    assert {example.ink.shape[0] for example in levelled.real} == {63}
    assert not levelled.preprocess.straighten
    straightened = make_dataset(Settings(data=str(tmp_path), straighten=True)).preprocess
    assert straightened == replace(levelled.preprocess, straighten=True)


def test_data_are_known_again_by_names_strings_and_pixels(tmp_path: Path) -> None:
    write_images(tmp_path / "a", 40)
    settings = Settings(data=str(tmp_path / "a"), out="o")
    before = make_dataset(settings).describe()
    assert before == make_dataset(replace(settings, data=str((tmp_path / "a").rename(tmp_path / "b")))).describe()
    first = sorted((tmp_path / "b").iterdir())[0]
    with Image.open(first) as image:
        pixels = np.array(image)
    pixels[0, 0] ^= 1
    Image.fromarray(pixels).save(first)
    after = make_dataset(replace(settings, data=str(tmp_path / "b"))).describe()
    assert after["hash"] != before["hash"]
    assert {**after, "hash": ""} == {**before, "hash": ""}


def test_centres_are_taken_back_whatever_lies_beside_the_images_now(tmp_path: Path) -> None:
    write_images(tmp_path, 40)
    settings = Settings(data=str(tmp_path), generator="plain", out="o", epoch_images=10)
    dataset = make_dataset(settings)
    empty = dataset.state()
    dataset.real = [move_centres(e, np.full((len(e.channels), 2), i + 0.5)) for i, e in enumerate(dataset.real)]
    found = dataset.state()
    dataset.draw_streamed()
    following = [e.ink.tobytes() for e in dataset.draw_streamed()]
    write_images(tmp_path, 40, centres=True)
    other = make_dataset(settings)
    assert all(e.known for e in other.real)
    other.restore(empty, 0)
    assert all(e.centres_px is None and not e.known for e in other.real)
    other.restore(found, 5)
    assert (other.state()["centres_px"] == found["centres_px"]).all()
    assert not any(e.known for e in other.real)
    assert [e.ink.tobytes() for e in other.draw_streamed()] == following
    assert (dataset.position, other.position) == (10, 10)
