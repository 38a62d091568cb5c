from pathlib import Path
from types import SimpleNamespace

import numpy as np
from conftest import write_images
from folders import write_namesakes, write_stripes
from recorder import Notebook

from fcn_captcha.data.labelme import read_labelme
from fcn_captcha.data.samples import Sample
from fcn_captcha.training.centre_files import write_centres
from fcn_captcha.training.centre_finder import CentreFinder
from fcn_captcha.training.dataset import Dataset, make_dataset
from fcn_captcha.training.settings import Settings


def start_flat(dataset: Dataset) -> Dataset:
    """With the centres that a training has before its first step."""
    finder = CentreFinder(SimpleNamespace(predict_on_batch=None), len(dataset.alphabet), dataset.stride)
    dataset.real = finder.find(dataset.real, [], 0)[0]
    return dataset


def test_each_image_that_was_trained_on_gets_its_centres(tmp_path: Path) -> None:
    dataset = make_dataset(Settings(data=str(write_namesakes(tmp_path)), out="o"))
    watch = Notebook()
    write_centres(start_flat(dataset), False, watch)
    assert {p.with_suffix(".png") for p in tmp_path.rglob("*.json")} == {s.path for s in dataset.parts.training}
    assert watch.lines == [f"wrote the centres of {len(dataset.real)} images as labelme JSON"]


def test_what_exists_stays_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    write_images(tmp_path, 40)
    settings = Settings(data=str(tmp_path), out="o")
    dataset = start_flat(make_dataset(settings))
    write_centres(dataset, False, Notebook())
    written = sorted(tmp_path.glob("*.json"))
    assert 25 < len(written) == len(dataset.real) < 40
    for path in written:
        text, centres = read_labelme(path)
        assert text == path.name.split("-")[0]
        assert (np.diff(centres[:, 0]) > 0).all()
    written[0].unlink()
    written[1].write_text("mine")
    watch = Notebook()
    write_centres(dataset, False, watch)
    assert written[0].exists()
    assert written[1].read_text() == "mine"
    assert watch.lines == [f"wrote the centres of 1 images as labelme JSON; {len(written) - 1} existed and stay"]
    write_centres(dataset, True, watch)
    assert read_labelme(written[1])[0] == written[1].name.split("-")[0]
    write_centres(make_dataset(settings), True, watch)
    assert watch.lines[-1].startswith("wrote the centres of 0 images"), "those that are known stay as they are"


def test_two_images_of_one_stem_do_not_overwrite_each_others_centres(tmp_path: Path) -> None:
    for i in range(20):
        write_stripes(tmp_path / f"1{i:02d}ab.png", i)
        write_stripes(tmp_path / f"1{i:02d}ab.jpg", 100 + i, 120)
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
        write_stripes(tmp_path / f"אב1{'גדהוזחטיכל'[i % 10]}{'גדהוזחטיכל'[i // 10]}.png", i)
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
