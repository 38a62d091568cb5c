from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from conftest import write_images

import fcn_captcha
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import Sample
from fcn_captcha.reading.reader import Reader, load_pixels
from fcn_captcha.synthesis import find_generator, stream


@pytest.fixture(scope="module")
def reader(run: Path) -> Reader:
    return fcn_captcha.Reader.load(run)


def draw(count: int, seed: int = 99) -> list[Sample]:
    return list(islice(stream(find_generator("plain"), seed), count))


def test_it_reads_and_says_where(reader: Reader) -> None:
    samples = draw(60)
    readings = list(reader.read_many(s.image for s in samples))
    right = [(s, r) for s, r in zip(samples, readings, strict=True) if s.text == r.text]
    assert len(right) > 40
    distances = np.concatenate(
        [np.hypot(*(np.array([(c.x, c.y) for c in r.characters]) - s.centres).T) for s, r in right]
    )
    assert np.median(distances) < 2
    for _, reading in right:
        assert "".join(c.character for c in reading.characters) == reading.text
        assert 0 <= reading.confidence <= 1
        assert all(0 <= c.score <= 1 for c in reading.characters)


def test_paths_bytes_and_arrays_read_alike(reader: Reader, tmp_path: Path) -> None:
    write_images(tmp_path, 1, seed=5)
    (path,) = tmp_path.glob("*.png")
    from_path = reader.read(path)
    assert reader.read(str(path)) == from_path
    assert reader.read(path.read_bytes()) == from_path
    pixels = load_pixels(path)
    assert reader.read(pixels) == from_path
    assert reader.read(pixels[:, :, 0]) == from_path
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    assert reader.read(opaque) == from_path


def test_alone_and_in_any_company_the_same(reader: Reader) -> None:
    images = [s.image for s in draw(12)]
    alone = [reader.read(image) for image in images]
    together = list(reader.read_many(images))
    assert [r.text for r in together] == [r.text for r in alone]
    np.testing.assert_allclose([r.confidence for r in together], [r.confidence for r in alone], atol=1e-4)


@pytest.mark.parametrize(("left", "top", "within_px"), [(4 * 25, 20, 0.1), (101, 21, 4.0)])
def test_text_anywhere_on_a_wider_canvas_is_read_and_located(
    reader: Reader, left: int, top: int, within_px: float
) -> None:
    """Moved by whole cells nothing changes; moved by any pixel, less than a cell, though this model is barely trained.

    (Down a cell and a half, as the maps are twice as wide there.)
    """
    read = [(reader.read(s.image), s) for s in draw(20)]
    _, sample = max(((r, s) for r, s in read if r.text == s.text), key=lambda pair: pair[0].confidence)
    height, width = sample.image.shape[:2]
    readings = []
    for place in ((40, 40), (40 + left, 40 + top)):
        canvas = np.full((height + 100, width + 200, 3), 255, np.uint8)
        canvas[place[1] : place[1] + height, place[0] : place[0] + width] = sample.image
        readings.append(reader.read(canvas))
    before, after = readings
    assert after.text == before.text == sample.text
    shifts = [(b.x - a.x - left, b.y - a.y - top) for a, b in zip(before.characters, after.characters, strict=True)]
    across, down = np.abs(shifts).T
    assert across.max() < within_px
    assert down.max() < 1.5 * within_px


def test_a_blank_image_reads_as_nothing(reader: Reader) -> None:
    reading = reader.read(np.full((30, 70, 3), 255, np.uint8))
    assert (reading.text, reading.characters) == ("", ())
    assert reading.confidence > 0.5


def test_length_and_allowed(run: Path) -> None:
    images = [s.image for s in draw(10)]
    assert {len(r.text) for r in Reader.load(run, length=4).read_many(images)} == {4}
    assert {len(r.text) for r in Reader.load(run, length="2-3").read_many(images)} <= {2, 3}
    digits = Reader.load(run, allowed="2345678", length="3")
    assert all(r.text.isdigit() and len(r.text) == 3 for r in digits.read_many(images))


def test_bad_arguments_and_arrays(run: Path, reader: Reader) -> None:
    with pytest.raises(ValueError, match="length: a number like 5 or a range like 4-6 is needed, got '5-'"):
        Reader.load(run, length="5-")
    with pytest.raises(ValueError, match="allowed: at least one"):
        Reader.load(run, allowed="")
    with pytest.raises(ValueError, match="'!' is not in the alphabet"):
        Reader.load(run, allowed="2!")
    for array in (np.zeros((9, 9, 3)), np.zeros((9, 9, 2), np.uint8), np.zeros(9, np.uint8)):
        with pytest.raises(DataError, match="image array: uint8 of shape"):
            reader.read(array)
    with pytest.raises(DataError, match=r"image array: at least 4×4 px are needed, got 3×9"):
        reader.read(np.zeros((9, 3), np.uint8))
    with pytest.raises(DataError, match="image in memory: not an image"):
        reader.read(b"no image")
