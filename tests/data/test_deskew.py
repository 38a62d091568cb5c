import re
from itertools import islice
from math import cos, radians, sin

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fcn_captcha.data.deskew import Midline, find_midline, level
from fcn_captcha.data.preprocessing import Preprocess, describe_unlevelled, find_preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.transform import Curve
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.training.examples import prepare

HEIGHT_PX = 24


def draw_line(
    angle_deg: float, text: str = "HEFTBDNU", thick: int = 4, size: tuple[int, int] = (240, 200)
) -> np.ndarray:
    """Dark capitals of 24 px on white, turned about the image's middle."""
    level = np.full((size[1], size[0], 3), 255, np.uint8)
    wide = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.2, thick)[0][0]
    cv2.putText(
        level, text, ((size[0] - wide) // 2, size[1] // 2 + 13), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), thick
    )
    matrix = cv2.getRotationMatrix2D(((size[0] - 1) / 2, (size[1] - 1) / 2), -angle_deg, 1)
    return cv2.warpAffine(level, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))


def measure_level(image: np.ndarray) -> tuple[float, float]:
    """Rows of the first and last ink, for text that is level."""
    rows = np.flatnonzero((image < 128).any(axis=(1, 2)))
    return float(rows[0]), float(rows[-1])


@pytest.mark.parametrize("angle", [-30, -17.5, -3, 0, 8, 22, 30])
def test_angle_is_clockwise_on_the_screen_and_height_that_of_the_capitals(angle: float) -> None:
    top, bottom = measure_level(draw_line(0))
    found = Preprocess().find_midline(draw_line(angle))
    assert found.reason is None
    assert found.angle_deg == pytest.approx(angle, abs=0.5)
    assert found.height_px == pytest.approx(bottom - top + 1, rel=0.05)
    assert found.middle == pytest.approx((119.5, (top + bottom) / 2), abs=2.5) or angle
    wide = np.ptp(np.flatnonzero((draw_line(0) < 128).any(axis=(0, 2)))) + 1
    assert found.length_px == pytest.approx(wide, abs=6)


def test_lines_and_dots_over_the_text_do_not_pull_at_it() -> None:
    for angle in (-20, -5, 12, 27):
        image = draw_line(angle)
        rng = np.random.default_rng(3)
        for _ in range(2):
            ends = (0, int(rng.integers(200))), (239, int(rng.integers(200)))
            cv2.line(image, *ends, (0, 0, 0), 2)
        for _ in range(30):
            cv2.circle(image, (int(rng.integers(240)), int(rng.integers(200))), 1, (0, 0, 0), -1)
        found = Preprocess().find_midline(image)
        assert found.angle_deg == pytest.approx(angle, abs=1.0)
        assert found.height_px == pytest.approx(HEIGHT_PX, rel=0.1)


def draw_dot() -> np.ndarray:
    image = np.full((60, 160, 3), 255, np.uint8)
    cv2.circle(image, (50, 30), 2, (0, 0, 0), -1)
    return image


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.full((60, 160, 3), 255, np.uint8), "there is no ink, or there are only dots"),
        (np.full((4, 4, 3), 255, np.uint8), "there is no ink, or there are only dots"),
        (draw_dot(), "no ink|only .* px high"),
        (draw_line(20, "H"), "the text is too short for its height to have a direction"),
        (draw_line(0, "1I"), "the text is too short for its height to have a direction"),
        (draw_line(0, "W"), "the text is too short for its height to have a direction"),
        (np.rot90(draw_line(0)), "the text runs at -?90°, beyond 35°"),
        (np.rot90(draw_line(20), -1), "the text runs at -70°, beyond 35°|the text runs at 110°, beyond 35°"),
        (np.zeros((1, 1, 3), np.uint8), "there is no ink"),
    ],
)
def test_what_has_no_midline_stays_as_it_is_with_a_reason(image: np.ndarray, reason: str) -> None:
    image = np.ascontiguousarray(image)
    found = Preprocess().find_midline(image)
    assert found.reason is not None
    assert re.search(reason, found.reason)
    plain, deskewed = Preprocess(scale=0.5).apply(image), Preprocess(scale=0.5, text_height_px=28).apply(image)
    np.testing.assert_array_equal(plain[0], deskewed[0])
    np.testing.assert_array_equal(plain[1].matrix, deskewed[1].matrix)


@settings(max_examples=30)
@given(st.floats(-35, 35), st.floats(6, 100), st.floats(20, 300), st.floats(8, 60))
def test_levelling_takes_the_middle_to_the_middle_and_undoes(
    angle: float, height: float, length: float, wanted: float
) -> None:
    midline = Midline(angle, height, (70.0, 31.0), length)
    to_level, (width, high) = midline.make_levelling(wanted)
    along = np.array([cos(radians(angle)), sin(radians(angle))])
    points = np.array([midline.middle, midline.middle + length / 2 * along])
    moved = to_level.apply(points)
    np.testing.assert_allclose(moved[0], ((width - 1) / 2, (high - 1) / 2), atol=1e-6)
    np.testing.assert_allclose(moved[1] - moved[0], (length / 2 * wanted / height, 0), atol=1e-6)
    assert 0 < moved[1, 0] < width
    np.testing.assert_allclose(to_level.invert(moved), points, atol=1e-6)


@pytest.mark.parametrize("wanted", [14, 28, 50])
@pytest.mark.parametrize("angle", [-25, 0, 25])
def test_levelled_text_is_level_and_of_the_height_asked_for(angle: float, wanted: float) -> None:
    image = draw_line(angle)
    made, _ = level(image, Preprocess().find_midline(image), wanted)
    assert made[0, 0].tolist() == [255, 255, 255]
    top, bottom = measure_level(made)
    assert bottom - top + 1 == pytest.approx(wanted, rel=0.08, abs=1.5)
    found = Preprocess().find_midline(made)
    assert found.angle_deg == pytest.approx(0, abs=0.6)
    assert found.height_px == pytest.approx(wanted, rel=0.05, abs=1.3)


@pytest.mark.parametrize("angle", [-20, 15])
def test_the_map_says_where_each_pixel_went(angle: float) -> None:
    image = draw_line(angle)
    ink, to_ink = Preprocess(text_height_px=28).apply(image)
    assert ink.dtype == np.float32
    assert ink.shape[0] == 63
    assert ink.shape[2] == 1
    height, width = ink.shape[:2]
    straight = Preprocess().apply(image)[0]
    expected = cv2.warpAffine(straight, to_ink.matrix, (width, height))
    assert np.abs(expected - ink[:, :, 0]).mean() < 0.02
    assert ink.mean() > 0.05


def test_centres_are_carried_in_as_the_text_is() -> None:
    make = find_generator("coalesced", {"rotation_deg": "25", "wave": "0", "perspective": "0", "alphabet": "HEFB"})
    for sample in islice(stream(make, 1), 8):
        assert sample.centres is not None
        example = prepare(sample, Preprocess(text_height_px=28), Alphabet("BEFH"))
        assert example.centres_px is not None
        # Level, so all in a narrow band about the middle of the result.
        assert np.abs(example.centres_px[:, 1] - 31).max() < 8
        assert (np.diff(example.centres_px[:, 0]) > 5).all()
        back = example.to_ink.invert(example.centres_px)
        np.testing.assert_allclose(back, sample.centres, atol=1e-9)


def test_a_large_image_is_measured_in_its_own_pixels() -> None:
    image = draw_line(18)
    large = np.asarray(cv2.resize(image, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC), np.uint8)
    small_found, found = Preprocess().find_midline(image), Preprocess().find_midline(large)
    assert found.angle_deg == pytest.approx(18, abs=0.7)
    assert found.height_px == pytest.approx(5 * small_found.height_px, rel=0.05)
    assert found.middle == pytest.approx([5 * at + 2 for at in small_found.middle], abs=6)


def test_light_text_on_dark_is_found_too() -> None:
    light = 255 - draw_line(-12)
    assert find_preprocess([light]).find_midline(light).angle_deg == pytest.approx(-12, abs=0.5)


def test_what_stays_as_it_is_is_scaled_as_the_others_usually_are() -> None:
    images = [draw_line(angle) for angle in (-20, 0, 20)] + [draw_line(0, "H")]
    found = find_preprocess(images, deskew=True)
    assert found.text_height_px == 28
    assert found.scale == pytest.approx(28 / HEIGHT_PX, rel=0.06)
    assert find_preprocess(images) == Preprocess(scale=64 / 200)


def test_many_that_cannot_be_levelled_are_told() -> None:
    images = [draw_line(10)] * 3 + [np.full((20, 40, 3), 255, np.uint8)]
    said = describe_unlevelled(images, find_preprocess(images, deskew=True))
    assert said == [
        "25 % of the images can't be levelled and stay as they lie; the first: there is no ink, or there are only dots"
    ]
    assert describe_unlevelled(images, find_preprocess(images)) == []
    assert describe_unlevelled(images[:3], find_preprocess(images, deskew=True)) == []


def test_ink_in_three_dimensions_and_in_two_is_the_same() -> None:
    ink = Preprocess().apply(draw_line(9))[0]
    assert find_midline(ink) == find_midline(ink[:, :, 0])


def bend_down(image: np.ndarray, rise: np.ndarray) -> np.ndarray:
    """Each column of the image moved down by so many pixels."""
    columns, rows = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in image.shape[1::-1]))
    sources = np.asarray(rows - rise, np.float32)
    return np.asarray(cv2.remap(image, columns, sources, cv2.INTER_LINEAR, borderValue=(255, 255, 255)), np.uint8)


PLACE = np.linspace(-1, 1, 240)
BENDS = {"arc": 14 * PLACE**2 - 7, "arch": -14 * PLACE**2 + 7, "S": 30 * PLACE**3 - 20 * PLACE}


@pytest.mark.parametrize("name", BENDS)
def test_bent_text_is_straightened_where_that_is_asked_for(name: str) -> None:
    image = bend_down(draw_line(0, size=(240, 120)), BENDS[name])
    preprocess = Preprocess(text_height_px=28, straighten=True)
    found = preprocess.find_midline(image)
    assert found.curve is not None
    assert found.curve.steepness < 1
    text = np.flatnonzero((image < 128).any(axis=(0, 2)))
    middle = np.column_stack([np.arange(text[0], text[-1]), 60.5 + BENDS[name][text[0] : text[-1]]])
    ink, to_ink = preprocess.apply(image)
    straightened = to_ink.apply(middle)
    assert np.abs(straightened[:, 1] - (len(ink) - 1) / 2).max() < 2
    assert 0 < straightened[0, 0] < straightened[-1, 0] < ink.shape[1]
    top, bottom = measure_level(255 * (1 - np.repeat(ink, 3, axis=2)))
    assert bottom - top + 1 == pytest.approx(28, abs=4)
    levelled = Preprocess(text_height_px=28).apply(image)
    assert levelled[1].curve is None
    assert np.ptp(levelled[1].apply(middle)[:, 1]) > 2 * np.ptp(straightened[:, 1])
    top, bottom = measure_level(255 * (1 - np.repeat(levelled[0], 3, axis=2)))
    assert bottom - top + 1 > 32


@pytest.mark.parametrize("angle", [-25, -8, 0, 15, 30])
def test_straight_text_is_not_bent(angle: float) -> None:
    ink = Preprocess().apply(draw_line(angle))[0]
    assert find_midline(ink, curved=True) == find_midline(ink)


@settings(max_examples=30)
@given(
    st.floats(-35, 35),
    st.floats(20, 300),
    st.lists(st.floats(-15, 15), max_size=4).map(tuple),
    st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
)
def test_straightening_undoes(
    angle: float, length: float, coefficients: tuple[float, ...], point: tuple[float, float]
) -> None:
    midline = Midline(angle, 20.0, (70.0, 31.0), length, curve=Curve(1.0, length / 2, coefficients))
    transform, (width, high) = midline.make_levelling(28)
    np.testing.assert_allclose(transform.invert(transform.apply([point])), [point], atol=1e-6)
    traced = transform.apply(midline.trace())  # all of the midline comes to lie halfway down
    np.testing.assert_allclose(traced[:, 1], (high - 1) / 2, atol=1e-6)
    np.testing.assert_allclose(traced[[0, -1], 0], (width - 1) / 2 + np.array([-0.7, 0.7]) * length, atol=1e-6)
    np.testing.assert_allclose(transform.apply(midline.trace(10.0))[:, 1], (high - 1) / 2 + 14, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    st.floats(-0.4, 0.4),
    st.floats(-15, 15),
    st.sampled_from([14.0, 28.0]),
    st.tuples(st.floats(20, 260), st.floats(20, 42)),
)
def test_what_is_at_a_place_of_the_result_was_at_its_source(
    bend: float, angle: float, wanted: float, place: tuple[float, float]
) -> None:
    midline = Midline(angle, 20.0, (110.0, 75.0), 180.0, curve=Curve(0.0, 90.0, (0.0, 4.0, 60 * bend)))
    transform, size = midline.make_levelling(wanted)
    at = np.array([place]) * wanted / 28
    (x, y) = transform.invert(at)[0]
    columns, rows = np.meshgrid(np.arange(220), np.arange(150))
    blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 18).astype(np.float32)
    made, same = level(blob, midline, wanted)
    assert made.shape == size[::-1]
    np.testing.assert_array_equal(same.apply(at), transform.apply(at))
    rows, columns = np.indices(made.shape)
    near = np.hypot(columns - at[0, 0], rows - at[0, 1]) < 0.9 * wanted
    weight = made * near / (made * near).sum()
    if 10 < x < 210 and 10 < y < 140:
        assert ((columns * weight).sum(), (rows * weight).sum()) == pytest.approx(tuple(at[0]), abs=0.6)


def test_a_large_bent_image_is_measured_in_its_own_pixels() -> None:
    image = bend_down(draw_line(0, size=(240, 120)), BENDS["arc"])
    large = np.asarray(cv2.resize(image, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC), np.uint8)
    preprocess = Preprocess(text_height_px=28, straighten=True)
    small_found, found = preprocess.find_midline(image), preprocess.find_midline(large)
    assert small_found.curve is not None
    assert found.curve is not None
    assert found.curve.sagitta == pytest.approx(5 * small_found.curve.sagitta, rel=0.1)
    assert found.trace() == pytest.approx(5 * small_found.trace() + 2, abs=10)


def test_what_has_no_midline_has_no_curve() -> None:
    for image in (np.full((60, 160, 3), 255, np.uint8), draw_dot(), draw_line(20, "H")):
        found = Preprocess(text_height_px=28, straighten=True).find_midline(image)
        assert found.reason is not None
        assert found.curve is None


@pytest.mark.parametrize("shape", [(4, 9000), (9000, 4)])
def test_a_thread_of_an_image_has_no_midline(shape: tuple[int, int]) -> None:
    midline = find_midline(np.ones(shape, np.float32))
    assert midline.reason == "one side of the image is hundreds of times the other"
