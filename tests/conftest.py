import os
import shutil
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from fcn_captcha.data.labelme import write_labelme
from fcn_captcha.data.lock import hold
from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import find_generator, stream

settings.register_profile(  # neither a clock nor chance
    "same anywhere", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same anywhere")


def write_png(path: Path, shade: int = 200, size: tuple[int, int] = (40, 20)) -> Path:
    Image.new("RGB", size, (shade, shade, shade)).save(path)
    return path


def write_images(folder: Path, count: int, seed: int = 0, centres: bool = False) -> list[Sample]:
    """A folder of the plain generator's images, named after their strings."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = list(islice(stream(find_generator("plain"), seed), count))
    for i, sample in enumerate(samples):
        path = folder / f"{sample.text}-{i}.png"
        Image.fromarray(sample.image).save(path)
        if centres:
            assert sample.centres is not None
            size = sample.image.shape[1], sample.image.shape[0]
            write_labelme(path.with_suffix(".json"), path, size, sample.text, sample.centres)
    return samples


@pytest.fixture
def _only_bundled_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with no fonts but matplotlib's own."""
    from matplotlib.font_manager import fontManager

    own = [f for f in fontManager.ttflist if "mpl-data" in f.fname]
    monkeypatch.setattr(fontManager, "ttflist", own)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 labelled images without centres."""
    folder = tmp_path_factory.mktemp("images")
    write_images(folder, 150)
    return folder


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder, trained for a moment on generated images with known centres, and tested on a hundred.

    Of the processes that share the tests one trains, and each has a copy.
    """
    from fcn_captcha import train

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    while not (shared / "trained").exists():
        try:
            with hold(shared / "training.lock", "another process trains"), pytest.MonkeyPatch.context() as patch:
                if (shared / "trained").exists():
                    break
                patch.setattr("fcn_captcha.training.dataset._GENERATED_PART", 100)
                train(generator="plain", out=str(shared / "plain"), images=1200, epoch_images=240, overwrite=True)
                (shared / "trained").touch()
        except FileExistsError:
            time.sleep(0.5)
    return Path(shutil.copytree(shared / "plain", tmp_path_factory.mktemp("runs") / "plain"))
