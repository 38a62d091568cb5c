"""The protocol, and what holds for every generator."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import (
    GENERATORS,
    find_generator,
    image_captcha,
    import_generator,
    parse_options,
    rippled,
    stream,
)

WITH_BOXES = [name for name in GENERATORS if name != "plain"]


def draw(name: str, count: int, seed: int = 1, **options: Any) -> list[Sample]:
    return list(islice(stream(find_generator(name, options), seed), count))


@pytest.mark.parametrize("name", GENERATORS)
def test_the_same_seed_gives_the_same_stream_and_another_seed_another(name: str) -> None:
    first, again, other = draw(name, 5, 3), draw(name, 5, 3), draw(name, 5, 4)
    assert [s.text for s in first] == [s.text for s in again]
    assert all((a.image == b.image).all() for a, b in zip(first, again, strict=True))
    assert [s.text for s in first] != [s.text for s in other]


@pytest.mark.parametrize("name", GENERATORS)
def test_the_image_of_a_number_does_not_depend_on_those_before(name: str) -> None:
    seventh = next(stream(find_generator(name), 3, start=7))
    assert (draw(name, 8, 3)[7].image == seventh.image).all()


@pytest.mark.parametrize("name", GENERATORS)
def test_centres_lie_in_the_image_from_left_to_right(name: str) -> None:
    for sample in draw(name, 200):
        assert sample.image.dtype == np.uint8
        assert sample.image.shape[2] == 3
        assert sample.centres is not None
        height, width = sample.image.shape[:2]
        assert ((sample.centres > 0) & (sample.centres < (width, height))).all(), sample
        assert (np.diff(sample.centres[:, 0]) > 0).all(), sample


@pytest.mark.parametrize("name", WITH_BOXES)
def test_a_box_holds_its_centre(name: str) -> None:
    for sample in draw(name, 100):
        assert sample.boxes is not None
        assert sample.centres is not None
        assert sample.boxes.shape == (len(sample.text), 4)
        left, top, right, bottom = sample.boxes.T
        x, y = sample.centres.T
        assert ((left < x) & (x < right) & (top < y) & (y < bottom)).all(), sample


def find_ink(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Where it is not the ground, which is what most of the image is."""
    off = np.abs(image.astype(int) - np.median(image, axis=(0, 1))).max(axis=2)
    return np.asarray(off > 0.4 * off.max())


@pytest.fixture
def _without_clutter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither dots, arcs nor curves."""
    monkeypatch.setattr(image_captcha, "_draw_noise", lambda w, h, rng: np.zeros((h, w), np.uint8))
    monkeypatch.setattr(rippled, "_draw_curve", lambda plane, places, rng: None)


@pytest.mark.usefixtures("_without_clutter")
@pytest.mark.parametrize(
    ("name", "options", "box_px", "off_px"),
    [
        ("image-captcha", {"width": 80, "height": 80}, 1.6, 2.5),
        ("coalesced", {"perspective": 0.0, "wave": 0.0}, 2.6, 1.0),
        ("coalesced", {"perspective": 0.5, "rotation_deg": 20.0}, 2.6, 5.0),  # half of the ink is nearer, so larger
        ("colour", {"lines": "0"}, 2.6, 1.0),
        ("rippled", {"height": 60}, 3.5, 2.0),
    ],
)
def test_alone_a_character_s_ink_fills_its_box_around_its_centre(
    name: str, options: dict[str, Any], box_px: float, off_px: float
) -> None:
    """Letters that look the same upside down have their centre in the middle of their ink, warped or not."""
    fonts: dict[str, Any] = {} if name in ("image-captcha", "rippled") else {"fonts": "DejaVuSans"}
    seen = 0
    for sample in draw(name, 100, **options, **fonts, length="1", alphabet="0XHINO"):
        ink = find_ink(sample.image)
        if ink.sum() < 30:  # pale on white
            continue
        seen += 1
        columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
        assert sample.boxes is not None
        assert sample.centres is not None
        found = np.array([columns[0] - 0.5, rows[0] - 0.5, columns[-1] + 0.5, rows[-1] + 0.5])
        np.testing.assert_allclose(found, sample.boxes[0], atol=box_px, err_msg=str(sample))
        y, x = np.nonzero(ink)
        np.testing.assert_allclose([x.mean(), y.mean()], sample.centres[0], atol=off_px, err_msg=str(sample))
    assert seen > 80


@pytest.mark.parametrize("name", WITH_BOXES)
def test_length_and_alphabet(name: str) -> None:
    samples = draw(name, 60, length="2-3", alphabet="abc")
    assert {len(s.text) for s in samples} == {2, 3}
    assert set("".join(s.text for s in samples)) == set("abc")
    assert all(len(s.text) == 1 for s in draw(name, 3, length="1"))


@pytest.mark.parametrize("name", WITH_BOXES)
def test_each_option_changes_the_images(name: str) -> None:
    changes: dict[str, Any] = {
        "length": "9",
        "alphabet": "XY",
        "width": 333,
        "height": 99,
        "fonts": "DejaVuSerif-Bold",
        "font_sizes": "30",
        "font_size": 30,
        "narrowest": 0.5,
        "gap": 9.0,
        "overlap": -3.0,
        "wave": 0.0,
        "perspective": 0.0,
        "rotation_deg": 0.0,
        "lines": "20",
    }
    before = draw(name, 3)
    kind = import_generator(name)
    assert is_dataclass(kind)
    for field in fields(kind):
        after = draw(name, 3, **{field.name: changes[field.name]})
        assert any(
            a.image.shape != b.image.shape or (a.image != b.image).any() for a, b in zip(before, after, strict=True)
        ), field.name


def make_own(rng: np.random.Generator) -> Sample:
    return Sample("own", np.full((20, 40, 3), 255, np.uint8), "a")


def make_tuple(rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], str]:
    return np.full((20, 40), 255, np.uint8), "ab"


def make_tuple_with_centres(rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], str, list[tuple[float, float]]]:
    return np.full((20, 40, 3), 255, np.uint8), "ab", [(10, 9), (30, 9)]


def make_nothing(rng: np.random.Generator) -> None:
    return None


def make_floats(rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], str]:
    return np.zeros((20, 40)), "a"


@pytest.mark.parametrize("function", [make_own, make_tuple, make_tuple_with_centres])
def test_a_generator_of_ones_own_by_name(function: Callable[..., Any]) -> None:
    sample = find_generator(f"{__name__}:{function.__name__}")(np.random.default_rng(0))
    assert sample.image.shape == (20, 40, 3)
    assert sample.text in ("a", "ab")
    assert (sample.centres is None) == (function is not make_tuple_with_centres)


def test_what_a_generator_must_not_give() -> None:
    with pytest.raises(ValueError, match=r"make_nothing: .* is needed, got NoneType"):
        find_generator(f"{__name__}:make_nothing")(np.random.default_rng(0))
    with pytest.raises(DataError, match="make_floats: uint8 of shape"):
        find_generator(f"{__name__}:make_floats")(np.random.default_rng(0))


@pytest.mark.parametrize("name", ["nothing", "no.such.module:make", "math:nothing", "math:pi"])
def test_unknown_generators_are_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"generator: .*{name}"):
        find_generator(name)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("image-captcha", "size=3", "generator_options: length, alphabet, .* are known, got 'size'"),
        ("image-captcha", "width=wide", "generator_options: width: a number is needed, got 'wide'"),
        ("image-captcha", "width", "generator_options: name=value is needed, got 'width'"),
        ("image-captcha", "width=3", "width: it must lie in 16 to 4096, got 3"),
        ("image-captcha", "font-sizes=a", "font_sizes: whole numbers"),
        ("image-captcha", "alphabet=ab\u4e2d", "DroidSansMono.ttf: it has no glyph for '\u4e2d'"),
        ("coalesced", "overlap=50", "overlap: it must lie in -20 to 12, got 50"),
        ("coalesced", "length=0-3", "length: at least 1 is needed, got '0-3'"),
        ("colour", "height=2", "height: it must lie in 16 to 2048, got 2"),
        ("plain", "length=3", "generator_options: plain takes none, got length"),
    ],
)
def test_options_that_can_not_be(name: str, options: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_generator(name, options)


def test_options_are_split_as_a_shell_does() -> None:
    assert parse_options("length=4-6 alphabet='a b' font-sizes=3") == {
        "length": "4-6",
        "alphabet": "a b",
        "font_sizes": "3",
    }
