import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.maps.peaks import Candidates, find_candidates, join, locate, refine_peaks, split_twins
from fcn_captcha.maps.targets import SIGMAS_CELLS, make_centre_maps

Maps = npt.NDArray[np.float32]


def find(maps: Maps, floor: float = 0.4) -> Candidates:
    return find_candidates(maps, maps.max(axis=0), floor)


def find_with_twins(
    maps: Maps, floor: float = 0.3, least: float | None = None, sigmas_cells: tuple[float, float] = SIGMAS_CELLS
) -> Candidates:
    return split_twins(maps, maps.max(axis=0), find(maps, floor), floor if least is None else least, sigmas_cells)


def make_profile(*scores: float) -> Maps:
    """A map of one row and one channel."""
    return np.array(scores, np.float32)[None, :, None]


# --- candidates ------------------------------------------------------------------------------------


def test_a_peak_rises_by_a_seventh_of_its_height_above_the_valleys_beside_it() -> None:
    for right in (0.69, 0.7, 0.71):  # equally high or not
        assert len(find(make_profile(0.1, 0.7, 0.62, 0.62, right, 0.1)).cells) == 1
        assert len(find(make_profile(0.1, 0.7, 0.59, 0.59, right, 0.1)).cells) == 2
    three = find(make_profile(0.1, 0.7, 0.65, 0.7, 0.69, 0.7, 0.1))
    assert three.cells[:, 0].tolist() == pytest.approx([1.43], abs=0.1), "the first, as a tie goes left"


def test_the_floor_belongs_to_what_is_found() -> None:
    assert find(make_profile(0, 0.5, 0), 0.5).scores.tolist() == [0.5]
    assert len(find(make_profile(0, 0.5, 0), 0.51).scores) == 0


def test_channels_do_not_touch_where_one_ends_at_the_border_and_the_next_begins() -> None:
    maps = np.zeros((2, 5, 3), np.float32)
    maps[1, 4, 0], maps[0, 0, 1], maps[1, 2, 2] = 0.9, 0.8, 0.7
    found = find(maps)
    assert found.channels.tolist() == [0, 1, 2]
    assert found.cells.tolist() == [[4, 1], [0, 0], [2, 1]]
    np.testing.assert_allclose(found.scores, [0.9, 0.8, 0.7], atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 3), (6, 1, 2)])
def test_maps_of_one_row_or_column_and_maps_of_nothing(shape: tuple[int, int, int]) -> None:
    nothing = find(np.zeros(shape, np.float32))
    assert (nothing.cells.shape, nothing.channels.shape, nothing.scores.shape) == ((0, 2), (0,), (0,))
    assert split_twins(np.zeros(shape), np.zeros(shape[1:]), nothing, 0.1, SIGMAS_CELLS) is nothing
    one = np.zeros(shape, np.float32)
    one[-1, -1, -1] = 1
    assert find(one).cells.tolist() == [[shape[1] - 1, shape[0] - 1]]


def test_parts_are_joined_in_their_order() -> None:
    maps = make_centre_maps([(3, 2), (10, 4)], [1, 0], (7, 15, 2))
    first, second = find(maps), locate(maps, maps.max(axis=0), np.array([4]), np.array([1]))
    both = join([first, second, join([find(np.zeros_like(maps))])])
    np.testing.assert_array_equal(both.cells, np.vstack([first.cells, second.cells]))
    assert both.channels.tolist() == [0, 1, 1]
    assert both.scores.tolist() == [*first.scores, *second.scores]


# --- places between cells --------------------------------------------------------------------------


@given(st.floats(1, 17), st.floats(1, 5), st.floats(0.05, 1))
def test_a_gaussian_s_centre_is_found_between_the_cells(x: float, y: float, height: float) -> None:
    maps = height * make_centre_maps([(x, y)], [1], (7, 19, 2))
    np.testing.assert_allclose(find(maps, 0.03).cells, [(x, y)], atol=1e-3)


def test_a_place_moves_by_half_a_cell_at_most_and_not_at_the_border() -> None:
    scores = np.full((3, 4, 1), 0.5, np.float32)
    scores[1, 1], scores[1, 2], scores[1, 0] = 0.6, 0.9, 0.1  # the strongest is to the right
    at = np.array([1]), np.array([1]), np.array([0])
    np.testing.assert_allclose(refine_peaks(scores, *at), [(1.5, 1)])
    scores[1, 0], scores[1, 1] = 0.9, 0.8
    columns, rows = np.array([0, 3]), np.array([1, 0])
    np.testing.assert_allclose(refine_peaks(scores, columns, rows, np.array([0, 0])), [(0, 1), (3, 0)])


def test_a_valley_and_a_plateau_stay() -> None:
    for middle in (0.2, 0.5):
        scores = make_profile(0.5, middle, 0.5)
        np.testing.assert_array_equal(refine_peaks(scores, np.array([1]), np.array([0]), np.array([0])), [(1, 0)])


# --- several of one kind ---------------------------------------------------------------------------


def expect(*places: float, off_cells: float, width: int = 40) -> Maps:
    """What a network answers that knows the places only so well: the mean over where they may be, row 5, channel 2."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(places, off_cells, (400, len(places)))
    several = [make_centre_maps([(x, 5) for x in one], [2] * len(places), (11, width, 4)) for one in drawn]
    return np.asarray(np.mean(several, axis=0), np.float32)


@pytest.mark.parametrize("off_cells", [0.0, 0.7, 1.5, 2.5])
def test_a_broad_bump_of_one_character_s_mass_is_one_character(off_cells: float) -> None:
    found = find_with_twins(expect(20, off_cells=off_cells))
    assert found.channels.tolist() == [2]
    assert found.cells[0, 0] == pytest.approx(20, abs=0.3 + off_cells / 3)


@pytest.mark.parametrize("distance", [3, 3.5, 4, 5, 6, 8])
@pytest.mark.parametrize("off_cells", [0.0, 0.7, 1.2])
def test_twins_are_two_however_flat_their_bump(distance: float, off_cells: float) -> None:
    maps = expect(20 - distance / 2, 20 + distance / 2, off_cells=off_cells)
    found = find_with_twins(maps)
    assert found.channels.tolist() == [2, 2]
    np.testing.assert_allclose(found.cells[:, 0], [20 - distance / 2, 20 + distance / 2], atol=0.6)
    np.testing.assert_allclose(found.cells[:, 1], 5, atol=0.1)
    beside = find_with_twins(np.maximum(maps, 0.9 * make_centre_maps([(4, 5)], [0], maps.shape)))
    assert sorted(beside.channels.tolist()) == [0, 2, 2]


def test_triplets_are_three() -> None:
    assert find_with_twins(expect(14, 18, 22, off_cells=1.0)).channels.tolist() == [2, 2, 2]


def test_at_the_border_where_half_a_gaussian_is_cut_off_twins_are_two_and_one_is_one() -> None:
    assert len(find_with_twins(expect(0, off_cells=0)).cells) == 1
    assert len(find_with_twins(expect(0.5, 4.5, off_cells=0.7)).cells) == 2
    low = expect(20, 24, off_cells=0.7)[4:8]  # a map of four rows holds but half of each
    assert len(find_with_twins(low).cells) == 2
    assert len(find_with_twins(expect(20, off_cells=0.7)[4:8]).cells) == 1


def test_the_mass_of_a_character_follows_the_widths_that_were_trained() -> None:
    wide = make_centre_maps([(20, 5)], [2], (11, 40, 4), (2.6, 2.6))
    assert len(find_with_twins(wide, sigmas_cells=(2.6, 2.6)).cells) == 1
    assert len(find_with_twins(wide).cells) == 2


def test_candidates_below_the_least_stay_as_they_are() -> None:
    twins = expect(18.5, 21.5, off_cells=1.2)
    assert len(find(twins).cells) == 1
    assert len(find_with_twins(twins, least=0.3).cells) == 2
    found = find(twins)
    assert split_twins(twins, twins.max(axis=0), found, 0.99, SIGMAS_CELLS) is found
