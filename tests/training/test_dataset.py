from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from fcn_captcha.console.progress import Watch
from fcn_captcha.data.labelme import read_labelme
from fcn_captcha.data.samples import Sample
from fcn_captcha.training.centre_files import write_centres
from fcn_captcha.training.centre_finder import CentreFinder
from fcn_captcha.training.dataset import Dataset, make_dataset
from fcn_captcha.training.settings import Settings


class Notebook(Watch):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def write(path: Path, seed: int, width: int = 80) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(200, 256, (24, width, 3)).astype(np.uint8)
    pixels[6:18, 2 : width - 2 : 6] = 0
    Image.fromarray(pixels).save(path)


def start_flat(dataset: Dataset) -> Dataset:
    """With the centres that a training has before its first step."""
    finder = CentreFinder(SimpleNamespace(predict_on_batch=None), len(dataset.alphabet), dataset.stride)
    dataset.real = finder.find(dataset.real, [], 0)[0]
    return dataset


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    """The same names in two folders; every third image in the second is too narrow for its string."""
    for i in range(40):
        write(tmp_path / "a" / f"1{i:02d}ab.png", i)
        write(tmp_path / "b" / f"1{i:02d}ab.png", 100 + i, 80 if i % 3 else 12)
    return tmp_path


def test_twins_and_narrow_images_leave_samples_and_examples_in_step(twins: Path) -> None:
    dataset = make_dataset(Settings(data=str(twins), out="o"))
    assert [s.name for s in dataset.parts.training] == [e.name for e in dataset.real]
    narrow = [s.name for s in dataset.parts.unused]
    assert narrow
    assert all(name.startswith("b/") and int(name[3:5]) % 3 == 0 for name in narrow)
    watch = Notebook()
    write_centres(start_flat(dataset), False, watch)
    assert {p.with_suffix(".png") for p in twins.rglob("*.json")} == {s.path for s in dataset.parts.training}
    assert watch.lines == [f"wrote the centres of {len(dataset.real)} images as labelme JSON"]


def test_two_images_of_one_stem_do_not_overwrite_each_others_centres(tmp_path: Path) -> None:
    for i in range(20):
        write(tmp_path / f"1{i:02d}ab.png", i)
        write(tmp_path / f"1{i:02d}ab.jpg", 100 + i, 120)
    dataset = make_dataset(Settings(data=str(tmp_path), out="o"))
    stems = [s.name[:-4] for s in dataset.parts.training]
    both = {stem for stem in stems if stems.count(stem) == 2}
    assert both
    watch = Notebook()
    write_centres(start_flat(dataset), False, watch)
    warned = [line for line in watch.lines if line.startswith("warning")]
    assert len(warned) == len(both)
    first: dict[str, Sample] = {}
    for sample in dataset.parts.training:
        first.setdefault(sample.name[:-4], sample)
    for stem in both:
        second = next(s for s in dataset.parts.training if s.name[:-4] == stem and s is not first[stem])
        assert f"{second.path}: its centres have no file, as {stem}.json is of {first[stem].name}" in "\n".join(warned)
        _, centres = read_labelme(tmp_path / f"{stem}.json")
        assert centres[:, 0].max() < first[stem].image.shape[1]


def test_centres_of_what_reads_from_the_right_are_saved_and_read_in_its_order(tmp_path: Path) -> None:
    for i in range(80):
        write(tmp_path / f"אב1{'גדהוזחטיכל'[i % 10]}{'גדהוזחטיכל'[i // 10]}.png", i)
    dataset = make_dataset(Settings(data=str(tmp_path), out="o"))
    write_centres(start_flat(dataset), False, Notebook())
    again = make_dataset(Settings(data=str(tmp_path), out="o"))
    assert not again.problems
    for before, after, sample in zip(dataset.real, again.real, again.parts.training, strict=True):
        assert after.known
        np.testing.assert_array_equal(after.channels, before.channels)
        assert before.centres_px is not None
        assert after.centres_px is not None
        np.testing.assert_allclose(after.centres_px, before.centres_px, atol=0.01)
        assert sample.centres is not None
        assert sample.centres[0, 0] > sample.centres[1, 0] > sample.centres[3, 0]


def test_what_the_alphabet_lacks_is_unused(tmp_path: Path) -> None:
    for i in range(40):
        write(tmp_path / f"{'ab' if i % 4 else 'a!'}12{i:02d}.png", i)
    settings = Settings(data=str(tmp_path), out="o", alphabet="ab0123456789")
    parts = make_dataset(settings).parts
    assert len(parts.unused) == 10
    assert all("!" in s.text for s in parts.unused)
    assert len(make_dataset(replace(settings, alphabet=None)).parts.unused) == 0


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
