from pathlib import Path

import numpy as np
import pytest
from folders import write_bars
from PIL import Image
from recorder import Notebook

from fcn_captcha.training.memorising import memorise
from fcn_captcha.training.settings import Settings


def test_memorising_names_what_can_not_be(tmp_path: Path) -> None:
    write_bars(tmp_path, ["a", "aa", "b", "ab", "ba"])
    # The same picture, a pixel apart, under another name can't be both.
    with Image.open(tmp_path / "ab-3.png") as image:
        picture = np.array(image)
    picture[0, 0] ^= 1
    Image.fromarray(picture).save(tmp_path / "b-9.png")
    watch = Notebook()
    found = memorise(Settings(data=str(tmp_path), epochs=6, epoch_images=200), 6, watch)
    assert f"{tmp_path}: 6 images to memorise" in watch.lines
    assert found.images == 6
    ((name, label, reading),) = found.failures
    assert (name, label, reading) in (("ab-3.png", "ab", "b"), ("b-9.png", "b", "ab"))


@pytest.mark.parametrize("count", [0, 1001])
def test_how_many_can_be_memorised(count: int) -> None:
    with pytest.raises(ValueError, match=f"overfit: it must lie in 1 to 1000, got {count}"):
        memorise(Settings(data="d"), count)
