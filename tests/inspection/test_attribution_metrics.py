import numpy as np
import pytest
from averaging import look_at_squares, make_averaging

from fcn_captcha.inspection import attribution_metrics as metrics
from fcn_captcha.inspection.view import Case


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    view = look_at_squares()
    return [(view, detection) for detection in view.detections]


def test_the_character_goes_first_by_a_good_attribution_and_last_by_a_bad_one(cases: list[Case]) -> None:
    network = make_averaging()
    good = [
        np.float32(sign) * np.arange(72, dtype=np.float32) + np.zeros((32, 1), np.float32) for sign in (-1, 1)
    ]  # one to the left, one to the right
    deletion, insertion = (metrics.measure_curves(network, cases, good, insertion=i) for i in (False, True))
    assert deletion.shape == (2, len(metrics.SHARES))
    np.testing.assert_allclose(deletion[:, [0, -1]], [[1, 0]] * 2, atol=1e-6)
    half = metrics.SHARES.index(0.5)
    np.testing.assert_allclose(deletion[:, half:], 0, atol=1e-6)
    np.testing.assert_allclose(insertion, 1 - deletion, atol=1e-6)
    np.testing.assert_allclose(metrics.measure_area(deletion), 0.25, atol=0.02)
    np.testing.assert_allclose(metrics.measure_area(insertion), 0.75, atol=0.02)
    bad = metrics.measure_curves(network, cases, good[::-1])
    np.testing.assert_allclose(bad[:, : half + 1], 1, atol=1e-6)


def test_only_ink_is_ranked_and_ties_are_broken_evenly_and_always_alike(cases: list[Case]) -> None:
    ink = cases[0][0].ink
    places = metrics.rank_pixels(np.zeros(ink.shape[:2], np.float32), ink)
    inked = ink[:, :, 0] > 0
    assert sorted(places[inked]) == [i / 32 for i in range(32)]
    assert (places[~inked] == 1).all()
    assert 0.3 < places[8:12, 12:16].mean() < 0.7, "neither square goes first"
    np.testing.assert_array_equal(places, metrics.rank_pixels(np.zeros(ink.shape[:2], np.float32), ink))


def test_shares_and_pointing_count_what_lies_in_the_grown_box(cases: list[Case]) -> None:
    inside = metrics.make_box_mask(cases[0], [11.5, 7.5, 15.5, 11.5], grown_px=2)
    assert np.argwhere(inside)[[0, -1]].tolist() == [[6, 10], [13, 17]]
    attribution = np.zeros((32, 72), np.float32)
    attribution[6, 10], attribution[6, 18], attribution[20, 20] = 3, 1, -5
    assert metrics.measure_share_inside(attribution, inside) == 0.75
    assert metrics.is_pointing_inside(attribution, inside) == 1
    attribution[6, 18] = 3
    assert metrics.is_pointing_inside(attribution, inside) == 0.5
    assert metrics.measure_share_inside(np.zeros((32, 72), np.float32), inside) == 0


def test_likeness_is_of_ranks() -> None:
    ramp = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert metrics.measure_likeness(ramp, ramp**3) == pytest.approx(1)
    assert metrics.measure_likeness(ramp, -ramp) == pytest.approx(-1)
    assert metrics.measure_likeness(ramp, np.ones((3, 4), np.float32)) == 0


def test_shuffled_weights_are_the_same_numbers_elsewhere() -> None:
    network = make_averaging()
    network.set_weights([np.array([1.0, 0.3], np.float32).reshape(1, 1, 1, 2)])
    found = {tuple(metrics.randomise(network, seed).get_weights()[0].ravel().tolist()) for seed in range(8)}
    assert {tuple(sorted(values)) for values in found} == {tuple(np.array([0.3, 1.0], np.float32).tolist())}
    assert len(found) == 2
    np.testing.assert_array_equal(network.get_weights()[0].ravel(), np.array([1.0, 0.3], np.float32))
