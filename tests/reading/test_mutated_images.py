"""Whatever a file holds: a reading or a ``DataError``, no warning, and no more memory than an image of its size."""

import resource

import numpy as np
import pytest
from shaded import make_shaded_reader, shade

from benchmarks.mutations import make_bombs, make_files, mutate
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import FORMATS
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.decoding import Reading
from fcn_captcha.model.prediction import Maps
from fcn_captcha.reading.reader import Reader

MUTATIONS = 300
LARGEST_MB = 1000  # beside what is there already, at 16.8 megapixels

READERS = {
    "as it is": Preprocess(),
    "one height": Preprocess(height_px=64),
    "levelled": Preprocess(scale=2.0, polarity="either", text_height_px=28.0, straighten=True),
    "colour": Preprocess(grey="colour"),
}


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> Reader:
    return make_shaded_reader(READERS[request.param])


def try_one(reader: Reader, content: bytes) -> Reading | DataError:
    """Through ``read`` itself; what else it raises, warnings too, fails the test."""
    try:
        return reader.read(content)
    except DataError as error:
        return error


def test_every_format_mode_and_depth_is_read_or_refused() -> None:
    outcomes = {name: try_one(make_shaded_reader(), content) for name, content in make_files()}
    assert len(outcomes) > 200
    read = {name for name, outcome in outcomes.items() if isinstance(outcome, Reading)}
    refused = {name for name in set(outcomes) - read if name.split()[0] in FORMATS}
    assert refused == {"TIFF animated"}
    assert {name for name in read if name.startswith("OpenCV .png")} == {
        f"OpenCV .png {depth} {channels}" for depth in ("uint8", "uint16", "float32") for channels in (1, 3, 4)
    }


def test_damaged_files(reader: Reader) -> None:
    outcomes = [try_one(reader, mutate(0, index)[1]) for index in range(MUTATIONS)]
    assert all(str(outcome) for outcome in outcomes)
    read = sum(isinstance(outcome, Reading) for outcome in outcomes)
    assert MUTATIONS / 10 < read < MUTATIONS * 9 / 10  # both ways are tried


@pytest.mark.parametrize("name", [name for name, _ in make_bombs()])
def test_files_that_stand_for_much_more(reader: Reader, name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try_one(reader, dict(make_bombs())[name])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < LARGEST_MB * 1024


def test_drawings_and_icons_are_refused_unseen() -> None:
    for name in ("EPS that runs for ever", "ICO of 12000×12000"):
        assert "not an image in a known format" in str(try_one(make_shaded_reader(), dict(make_bombs())[name]))


def test_frames_without_end_are_refused() -> None:
    outcome = try_one(make_shaded_reader(), dict(make_bombs())["GIF, many frames"])
    assert "at most 1,000 frames can be read, got 20,000" in str(outcome)


def test_large_images_are_not_all_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def count(ink: Maps) -> Maps:
        sizes.append(len(ink))
        return shade(ink)

    reader = Reader(count, make_shaded_reader().config)
    images = [np.full((20, 40), grey, np.uint8) for grey in range(6)]
    expected = list(reader.read_many(images))
    monkeypatch.setattr("fcn_captcha.reading.reader.HELD_PX", 1000)
    assert list(reader.read_many(images)) == expected
    assert sizes == [6, 2, 2, 2]
