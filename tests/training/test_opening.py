from pathlib import Path

from conftest import write_images
from recorder import Notebook

from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.opening import find_causes, say_dataset
from fcn_captcha.training.settings import Settings


def test_what_is_said_before_the_first_step(tmp_path: Path) -> None:
    write_images(tmp_path / "data", 60)
    (tmp_path / "data" / "bad.png").write_bytes(b"")
    watch = Notebook()
    settings = Settings(data=str(tmp_path / "data"))
    dataset = make_dataset(settings)
    say_dataset(dataset, settings, watch)
    said = "\n".join(watch.lines)
    assert "labels from the file names up to the last '-'" in said
    assert "warning: " in said
    assert "bad.png: the file is empty (left out)" in said
    assert f"{tmp_path / 'data'}: {len(dataset.real)} images to train on, " in said
    assert f", {len(dataset.parts.test)} to test on" in said
    assert "alphabet of 19: 2345678bcdefgmnpwxy   text: dark   scale: 1.00" in said
    assert f"{len(dataset.real)} of them have no centres" in said


def test_plain_images_give_no_cause_for_concern(tmp_path: Path) -> None:
    write_images(tmp_path, 60)
    assert find_causes(make_dataset(Settings(data=str(tmp_path)))) == []
