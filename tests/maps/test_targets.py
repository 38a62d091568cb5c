import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.maps.decoding import DecodingOptions, find_text
from fcn_captcha.maps.targets import make_centre_maps


def test_one_at_the_centre_and_the_widths_across_and_down() -> None:
    maps = make_centre_maps([(5, 4)], [1], (9, 14, 3), (1.3, 2.6))
    assert maps.dtype == np.float32
    assert maps[4, 5, 1] == 1
    assert np.isclose(maps[4, 6, 1], np.exp(-((1 / 1.3) ** 2) / 2))
    assert np.isclose(maps[6, 5, 1], np.exp(-((2 / 2.6) ** 2) / 2))
    assert not maps[:, :, [0, 2]].any()


def test_centres_between_cells_keep_their_place() -> None:
    maps = make_centre_maps([(5.5, 4)], [0], (9, 14, 1), (1.3, 2.6))
    assert np.isclose(maps[4, 5, 0], maps[4, 6, 0])


def test_overlapping_gaussians_of_one_class_give_their_maximum() -> None:
    both = make_centre_maps([(4, 4), (6, 4)], [0, 0], (9, 14, 1))
    single = [make_centre_maps([c], [0], (9, 14, 1)) for c in ((4, 4), (6, 4))]
    np.testing.assert_array_equal(both, np.maximum(*single))


def test_no_centre_and_centres_outside() -> None:
    assert not make_centre_maps(np.zeros((0, 2)), [], (3, 5, 2)).any()
    assert make_centre_maps([(-1, 1)], [0], (3, 5, 2))[1, 0, 0] > 0.5
    assert make_centre_maps([(-100, 1)], [0], (3, 5, 2)).max() < 1e-6


@given(
    st.lists(st.tuples(st.floats(3.5, 6), st.floats(2, 9), st.integers(0, 4)), min_size=1, max_size=6),
)
def test_centres_come_back_from_their_maps(steps: list[tuple[float, float, int]]) -> None:
    x = 2 + np.cumsum([step for step, _, _ in steps])
    centres = np.column_stack([x, [y for _, y, _ in steps]])
    channels = [channel for _, _, channel in steps]
    peaks = find_text(make_centre_maps(centres, channels, (13, 48, 5)), DecodingOptions())
    assert peaks.channels.tolist() == channels
    # A neighbour of the same class bends the parabola a little.
    np.testing.assert_allclose(peaks.cells, centres, atol=0.1)
