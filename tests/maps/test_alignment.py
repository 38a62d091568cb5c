import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.maps.alignment import find_centres, make_flat_start
from fcn_captcha.maps.targets import make_centre_maps


def align(centres: npt.ArrayLike, channels: list[int], pitch: float | None = None) -> npt.NDArray[np.float64]:
    maps = make_centre_maps(centres, channels, (13, 40, 5))
    found = find_centres(maps, np.array(channels), pitch)
    assert found is not None
    return found


@given(
    st.lists(st.tuples(st.floats(3, 6.5), st.floats(2, 10), st.integers(0, 4)), min_size=1, max_size=6),
)
def test_the_maps_of_a_string_give_its_centres_back(steps: list[tuple[float, float, int]]) -> None:
    x = np.cumsum([step for step, _, _ in steps]) - 1
    centres = np.column_stack([x, [y for _, y, _ in steps]])
    channels = [channel for _, _, channel in steps]
    # Of two equal neighbours each bends the other's Gaussian where they touch.
    np.testing.assert_allclose(align(centres, channels, 5.0), centres, atol=0.5)


def test_order_decides_between_equal_characters() -> None:
    centres = [(5, 4), (15, 6), (25, 5)]
    np.testing.assert_allclose(align(centres, [1, 2, 1]), centres, atol=1e-3)


def test_two_equal_neighbours_take_a_bump_each_not_two_places_on_one() -> None:
    maps = 0.9 * make_centre_maps([(10, 5)], [2], (11, 30, 3)) + 0.1 * make_centre_maps([(16, 5)], [2], (11, 30, 3))
    found = find_centres(maps, np.array([2, 2]), 5.0)
    assert found is not None
    np.testing.assert_allclose(found[:, 0], [10, 16], atol=0.3)


def test_without_any_evidence_the_gaps_are_even() -> None:
    found = find_centres(np.full((5, 30, 3), 0.5, np.float32), np.array([0, 1, 2]), 8.0)
    assert found is not None
    np.testing.assert_allclose(np.diff(found[:, 0]), 8, atol=0.5)


@pytest.mark.parametrize("channels", [[], [1], [1, 1], [0, 1, 2, 1, 0, 0, 1]])
def test_short_and_tightest_strings(channels: list[int]) -> None:
    maps = np.random.default_rng(0).uniform(0, 1, (3, 7, 3)).astype(np.float32)
    found = find_centres(maps, np.array(channels, dtype=np.intp))
    assert found is not None
    assert found.shape == (len(channels), 2)
    assert (np.diff(np.rint(found[:, 0])) >= 0).all()


def test_more_characters_than_columns_is_none() -> None:
    assert find_centres(np.ones((3, 4, 2), np.float32), np.array([0, 1, 0, 1, 0])) is None


def test_flat_start_spreads_over_the_ink() -> None:
    ink = np.zeros((20, 100), np.float32)
    ink[5:15, 20:80] = 1
    np.testing.assert_allclose(make_flat_start(ink, 3), [(29.5, 9.5), (49.5, 9.5), (69.5, 9.5)], atol=1)


def test_flat_start_passes_over_thin_lines_and_takes_a_blank_image_whole() -> None:
    ink = np.zeros((20, 100), np.float32)
    ink[5:17, 20:80] = 1
    ink[10, :] = 1
    assert make_flat_start(ink, 1)[0, 0] == 49.5
    np.testing.assert_allclose(make_flat_start(np.zeros((10, 40)), 2)[:, 0], [9.5, 29.5])
    assert make_flat_start(ink, 0).shape == (0, 2)
