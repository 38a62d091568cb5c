import cv2
import numpy as np

from fcn_captcha.data.strokes import drop_small, erase_lines, keep_thick, measure_runs, measure_thickness


def draw_bars() -> np.ndarray:
    """Two upright bars, 5 px wide and 30 px high."""
    mask = np.zeros((60, 120), np.uint8)
    mask[15:45, 30:35] = 1
    mask[15:45, 80:85] = 1
    return mask


def test_a_line_across_is_erased_and_what_it_crosses_stays() -> None:
    bars = draw_bars()
    crossed = np.asarray(cv2.line(bars.copy(), (0, 20), (119, 40), (1,), 2), np.uint8)
    np.testing.assert_array_equal(erase_lines(bars, 40.0), bars)
    left = erase_lines(crossed, 40.0)
    assert left[bars > 0].mean() > 0.97
    assert left[bars == 0].sum() < 0.1 * (crossed.sum() - bars.sum())
    assert erase_lines(crossed, 200.0).sum() == crossed.sum(), "no line is so long"


def test_runs_count_the_pixels_that_lie_together_in_a_column() -> None:
    mask = np.array([[1, 0], [1, 1], [0, 1], [1, 1]], np.uint8)
    assert measure_runs(mask).tolist() == [[2, 0], [2, 3], [0, 3], [1, 3]]


def test_thickness_is_that_of_a_stripe() -> None:
    for thick in (2, 4, 6, 9):
        mask = np.zeros((40, 200), np.uint8)
        mask[10 : 10 + thick, 5:195] = 1
        assert abs(measure_thickness(mask) - thick) <= 1.2


def test_what_is_thinner_than_most_goes_and_what_is_smaller_than_asked() -> None:
    bars = draw_bars()
    littered = bars.copy()
    littered[5, 3:20] = 1
    np.testing.assert_array_equal(keep_thick(littered), bars)
    np.testing.assert_array_equal(keep_thick(np.eye(30, dtype=np.uint8)), np.eye(30, dtype=np.uint8))
    littered[50:55, 100:105] = 1
    np.testing.assert_array_equal(drop_small(littered, 18.0), bars)
