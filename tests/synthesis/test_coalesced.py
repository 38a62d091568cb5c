import numpy as np
import pytest

from fcn_captcha.synthesis.coalesced import Coalesced, Tile, make_tile, set_line
from fcn_captcha.synthesis.fonts import find_font

SANS = find_font("DejaVuSans")
TILES = [make_tile(SANS, character, variant) for variant, character in enumerate("ogLjTA")]


def find_dark(tile: Tile) -> np.ndarray:
    return np.asarray(tile.ink > 100)


def test_a_tile_knows_the_first_and_last_ink_of_each_row_of_its_strip() -> None:
    for tile in TILES:
        dark = find_dark(tile)
        for row in range(len(tile.left)):
            inside = 0 <= row - tile.top < len(dark)
            columns = np.flatnonzero(dark[row - tile.top]) if inside else np.array([], int)
            if len(columns):
                assert (tile.left[row], tile.right[row]) == (columns[0], columns[-1])
            else:
                assert tile.left[row] > 1000
                assert tile.right[row] < -1000


def test_a_tile_s_hull_holds_its_ink_around_its_middle() -> None:
    for tile in TILES:
        y, x = np.nonzero(find_dark(tile))
        middle, hull = tile.points[0], tile.points[1:]
        np.testing.assert_array_equal(hull.min(axis=0), [x.min(), y.min() + tile.top])
        np.testing.assert_array_equal(hull.max(axis=0), [x.max(), y.max() + tile.top])
        assert (hull.min(axis=0) < middle).all()
        assert (middle < hull.max(axis=0)).all()


def test_a_variant_is_always_the_same_and_another_is_another() -> None:
    make_tile.cache_clear()
    again = make_tile(SANS, "o", 0)
    assert again is not TILES[0]
    np.testing.assert_array_equal(again.ink, TILES[0].ink)
    other = make_tile(SANS, "o", 7)
    assert other.ink.shape != again.ink.shape or (other.ink != again.ink).any()


def test_signs_stand_on_above_or_below_the_line_as_in_the_font() -> None:
    def find_middle(character: str) -> float:
        tiles = [make_tile(SANS, character, variant) for variant in range(20)]
        return float(np.mean([tile.top + tile.ink.shape[0] / 2 for tile in tiles]))

    middles = [find_middle(character) for character in "'x._"]
    assert middles == sorted(middles)
    assert (np.diff(middles) > 5).all()
    assert find_middle("-") == pytest.approx(find_middle("x"), abs=4)


def measure_gaps(tiles: list[Tile], starts: list[int]) -> list[int]:
    """Between each character and all to its left, the fewest columns without ink in a row that both have."""
    edge = tiles[0].right + starts[0]
    gaps = []
    for tile, start in zip(tiles[1:], starts[1:], strict=True):
        gaps.append(int((tile.left + start - edge).min()) - 1)
        edge = np.maximum(edge, tile.right + start)
    return gaps


@pytest.mark.parametrize("gap", [-4.0, 0.0, 3.0])
def test_neighbours_touch_overlap_or_stand_apart_by_their_gap(gap: float) -> None:
    round_ones = [make_tile(SANS, "o", variant) for variant in range(6)]
    strip, starts = set_line(round_ones, [gap] * 6)
    assert starts == sorted(starts)
    assert measure_gaps(round_ones, starts) == [gap] * 5
    assert strip.shape[1] == max(start + tile.ink.shape[1] for start, tile in zip(starts, round_ones, strict=True))


def test_tucked_under_its_neighbour_a_character_stays_to_the_right_of_it() -> None:
    tiles = [make_tile(SANS, character, 0) for character in "T.T.V.A"]
    strip, starts = set_line(tiles, [-12.0] * len(tiles))
    middles = [start + tile.points[0, 0] for start, tile in zip(starts, tiles, strict=True)]
    assert (np.diff(middles) >= 4).all()
    for start, tile in zip(starts, tiles, strict=True):
        area = strip[tile.top : tile.top + tile.ink.shape[0], start : start + tile.ink.shape[1]]
        assert (area >= tile.ink).all(), "nothing is cut off"


@pytest.mark.parametrize(("width", "height", "length"), [(200, 70, "8"), (333, 40, "1"), (60, 90, "3"), (32, 16, "12")])
def test_all_of_the_text_fits_into_an_image_of_any_shape(width: int, height: int, length: str) -> None:
    make = Coalesced(width=width, height=height, length=length, wave=2, perspective=2, rotation_deg=45)
    for seed in range(10):
        sample = make(np.random.default_rng(seed))
        assert sample.image.shape == (height, width, 3)
        assert sample.boxes is not None
        assert (sample.boxes[:, :2] >= -1).all()
        assert (sample.boxes[:, 2:] <= (width, height)).all()


def test_ink_is_dark_of_one_colour_on_a_light_ground() -> None:
    image = Coalesced()(np.random.default_rng(0)).image.reshape(-1, 3)
    assert image.max(axis=0).min() >= 225
    assert image.min(axis=0).max() <= 130
    lightness = (image - image.min(axis=0)) / np.ptp(image, axis=0)
    assert np.ptp(lightness, axis=1).max() < 0.03, "every pixel lies between the two colours"
