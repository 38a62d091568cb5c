from pathlib import Path

import numpy as np
import pytest
from conftest import write_png
from PIL import Image

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import LARGEST_PX, convert_image, read_image

GREY = np.tile(np.linspace(0, 255, 40).astype(np.uint8), (20, 1))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I", "I;16", "F"])
def test_every_mode_reads_as_the_same_picture(tmp_path: Path, mode: str) -> None:
    if mode in ("I", "I;16"):
        image = Image.fromarray((GREY.astype(np.uint16) * 257).astype(np.uint16 if mode == "I;16" else np.int32))
    elif mode == "F":
        image = Image.fromarray(GREY.astype(np.float32) / 255)
    elif mode == "P":
        image = Image.fromarray(GREY).quantize(256)
    else:
        image = Image.fromarray(GREY).convert("RGB").convert(mode)
    path = tmp_path / ("a.tif" if mode in ("CMYK", "YCbCr", "F", "I") else "a.png")
    image.save(path)
    pixels = read_image(path)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (20, 40, 3)
    assert np.corrcoef(pixels.mean(axis=2).ravel(), GREY.ravel())[0, 1] > 0.6
    if mode != "1":
        np.testing.assert_allclose(pixels.mean(axis=2), GREY, atol=4)


def test_what_is_transparent_becomes_paper_that_the_text_stands_out_from() -> None:
    for ink, paper in ((0, 255), (255, 0)):
        rgba = np.zeros((20, 40, 4), np.uint8)
        rgba[5:15, 10:20] = (ink, ink, ink, 255)
        pixels = convert_image(Image.fromarray(rgba))
        assert (pixels[0, 0] == paper).all()
        assert (pixels[8, 12] == ink).all()


def test_bad_images_are_named_with_the_rule_and_the_value(tmp_path: Path) -> None:
    good = write_png(tmp_path / "good.png")
    cases = {
        "empty.png": (b"", "the file is empty"),
        "text.png": (b"hello", "not an image in a known format"),
        "cut.png": (good.read_bytes()[:60], "can't be read"),
    }
    for name, (content, message) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=rf"{name}: .*{message}"):
            read_image(tmp_path / name)
    with pytest.raises(DataError, match=r"tiny\.png: at least 4×4 px are needed, got 1×1"):
        read_image(write_png(tmp_path / "tiny.png", size=(1, 1)))
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    with pytest.raises(DataError, match=rf"huge\.png: at most {LARGEST_PX:,} px can be read"):
        read_image(tmp_path / "huge.png")
    with pytest.raises(DataError, match=r"none\.png: no such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(DataError, match="is a folder"):
        read_image(tmp_path)
