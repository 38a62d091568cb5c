import numpy as np
import pytest

from fcn_captcha.inspection.distant_mark import Reach, draw_batch, find_distances, make_stack, measure_reach
from fcn_captcha.inspection.receptive_field import trace_fields


@pytest.mark.parametrize("depth", [2, 4])
def test_a_stack_sees_4_pixels_and_4_a_layer(depth: int) -> None:
    network = make_stack(depth)
    assert trace_fields(network)[-1].width.size_px == 4 + 4 * depth
    assert find_distances(network) == tuple(np.arange(3.5, 2 + 2 * depth + 3))


def test_images_differ_only_in_the_mark() -> None:
    ink, marked, distances = draw_batch(np.random.default_rng(0), 200, (4.5, 8.5), 40)
    assert ink.shape == (200, 12, 40, 1)
    letter = ink[:, 4:8, 19:23].mean(axis=0)[..., 0]
    assert np.allclose(letter, [[0, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 0]], atol=0.1)
    for distance in (4.5, 8.5):  # from the middle of the pixels 20 and 21
        beside = ink[:, 5:7, [int(20.5 - distance), int(20.5 + distance)]].mean(axis=1).sum(axis=1)[:, 0]
        there = (marked == 1) & (distances == distance)
        assert (beside[there] > 0.5).all()
        assert (beside[~there] < 0.5).all()


def test_the_distance_is_where_accuracy_falls_through_three_quarters() -> None:
    assert Reach((4, 6, 8, 10), (1.0, 1.0, 0.5, 0.5), None).distance_px == 7
    assert Reach((4, 6), (1.0, 1.0), None).level_3_px == 0
    assert Reach((4, 6, 8), (0.6, 1.0, 0.5), None).distance_px == 7
    assert Reach((4, 6), (0.6, 0.5), None).distance_px == 0
    assert Reach((4, 6), (1.0, 0.9), None).distance_px == 6


def test_nothing_beyond_the_field_is_ever_seen() -> None:
    reach = measure_reach(2, images=3200)
    assert reach.distances_px == (3.5, 4.5, 5.5, 6.5, 7.5, 8.5)  # the middle cell sees 6 px to either side
    assert reach.accuracies[0] > 0.9
    assert reach.accuracies[3:] == pytest.approx([0.5, 0.5, 0.5], abs=0.08)
    assert 5.8 < reach.distance_px < 6.1
    assert 8 <= reach.level_3_px <= 12


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="depth: an even number from 2 on is needed, got 3"):
        measure_reach(3)
    with pytest.raises(ValueError, match="images: a whole number from 1 on is needed, got 0"):
        measure_reach(2, images=0)
