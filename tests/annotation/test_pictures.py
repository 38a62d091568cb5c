import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from served import write_picture

from annotation import pictures
from annotation.folder import ImageFolder
from annotation.pictures import Pictures
from fcn_captcha.data.errors import DataError


def decode(content: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    return np.asarray(image.convert("RGB"))


def test_any_image_is_sent_as_png_of_the_same_pixels(tmp_path: Path) -> None:
    pixels = np.arange(30 * 20 * 3, dtype=np.uint8).reshape(20, 30, 3)
    for name in ("a.tif", "b.ppm", "c.png"):
        Image.fromarray(pixels).save(tmp_path / name)
    made = Pictures(ImageFolder.open(tmp_path))
    for number in range(3):
        np.testing.assert_array_equal(decode(made.make_png(number)), pixels)
        assert made.measure(number) == (30, 20)


def test_thumbnails_are_small_and_follow_their_file(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", (1200, 100))
    made = Pictures(ImageFolder.open(tmp_path))
    assert decode(made.make_thumbnail(0)).shape == (12, 150, 3)
    before = made.find_version(0)
    write_picture(path, (40, 88))
    import os

    os.utime(path, ns=(before + 10**9, before + 10**9))
    assert decode(made.make_thumbnail(0)).shape == (44, 20, 3)
    assert made.measure(0) == (40, 88)


def test_no_more_than_some_thumbnails_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_KEPT", 3)
    for number in range(5):
        write_picture(tmp_path / f"{number}.png")
    made = Pictures(ImageFolder.open(tmp_path))
    for number in range(5):
        made.make_thumbnail(number)
    assert len(made._thumbnails) == len(made._sizes) == 3


def test_files_and_pixels_beyond_the_limits_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (5000, 4000)).save(tmp_path / "large.png")
    (tmp_path / "odd.png").write_text("<svg onload=alert(1)>")
    made = Pictures(ImageFolder.open(tmp_path))
    with pytest.raises(DataError, match=r"large\.png: at most 16,777,216 px"):
        made.make_png(0)
    with pytest.raises(DataError, match=r"odd\.png: not an image"):
        made.make_png(1)
    monkeypatch.setattr(pictures, "LARGEST_FILE", 3)
    with pytest.raises(DataError, match=r"odd\.png: a file of at most 3 bytes"):
        made.make_png(1)
