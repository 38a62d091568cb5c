from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fcn_captcha.maps.decoding import DecodingOptions, Peaks, find_text, find_texts
from fcn_captcha.maps.targets import make_centre_maps

Maps = npt.NDArray[np.float32]


def make_maps(*characters: tuple[float, int, float], width: int = 30) -> Maps:
    """Maps with (x, channel, height) at row 5, strongest where they overlap."""
    maps = np.zeros((11, width, 4), np.float32)
    for x, channel, height in characters:
        maps = np.maximum(maps, height * make_centre_maps([(x, 5)], [channel], maps.shape))
    return maps


def read(maps: Maps, **options: Any) -> list[int]:
    return [int(channel) for channel in find_text(maps, DecodingOptions(**options)).channels]


def test_left_to_right_whatever_the_channels_and_rows() -> None:
    maps = make_maps((20, 0, 1), (4, 3, 1), (12, 1, 1))
    maps = np.roll(maps, 3, axis=0)
    assert read(maps) == [3, 1, 0]


def test_many_options_at_once_find_what_each_finds_alone() -> None:
    maps = np.random.default_rng(3).random((5, 24, 4)).astype(np.float32)
    every = [
        DecodingOptions(threshold, spacing, lengths, allowed)
        for lengths, allowed in ((None, None), ((3, 5), None), (None, (0, 2)))
        for threshold in (0.3, 0.9)
        for spacing in (1.0, 2.0, 3.5)
    ]
    together = find_texts(maps, every)
    assert len({tuple(peaks.channels) for peaks in together}) > len(every) / 2
    for peaks, options in zip(together, every, strict=True):
        alone = find_text(maps, options)
        assert (peaks.cells == alone.cells).all()
        assert (peaks.channels == alone.channels).all()
        assert (peaks.scores == alone.scores).all()
        assert peaks.confidence == alone.confidence


def test_the_same_character_twice_is_read_twice() -> None:
    assert read(make_maps((10, 2, 0.9), (14, 2, 0.8))) == [2, 2]


def test_a_bump_is_as_many_characters_as_it_has_mass_for_by_the_widths_that_were_trained() -> None:
    wide = make_centre_maps([(20, 5)], [2], (11, 40, 4), (2.6, 2.6))
    assert read(wide, sigmas_cells=(2.6, 2.6)) == [2]
    assert read(wide) == [2, 2]
    assert read(np.maximum(wide, make_centre_maps([(4, 5)], [0], wide.shape))) == [0, 2, 2]


def test_of_two_classes_at_one_place_the_stronger_is_read() -> None:
    maps = make_maps((10, 0, 0.6), (10.4, 3, 0.7))
    assert read(maps) == [3]
    assert find_text(maps).confidence == pytest.approx(0.4, abs=0.05)


def test_narrow_neighbours_of_two_classes_are_both_read() -> None:
    assert read(make_maps((10, 0, 0.9), (12, 3, 0.6)), spacing_cells=1.5) == [0, 3]
    assert read(make_maps((10, 0, 0.9), (12, 3, 0.6)), spacing_cells=2.5) == [0]


def test_two_weak_ones_outweigh_a_strong_one_between_them_only_by_their_sum() -> None:
    three = make_maps((10, 0, 0.9), (11.5, 1, 0.95), (13, 2, 0.9))
    assert read(three, spacing_cells=2) == [0, 2]
    weak = make_maps((10, 0, 0.4), (11.5, 1, 0.99), (13, 2, 0.4))
    assert read(weak, spacing_cells=2) == [1]


def test_a_tie_goes_left_then_to_the_lower_channel() -> None:
    assert read(make_maps((11, 1, 0.8), (10, 2, 0.8))) == [2]
    assert read(make_maps((10, 3, 0.8), (10, 1, 0.8))) == [1]


def test_a_plateau_is_one_character_in_its_middle() -> None:
    maps = np.zeros((3, 12, 2), np.float32)
    maps[1, 4:7, 1] = 0.8
    peaks = find_text(maps)
    assert peaks.channels.tolist() == [1]
    assert peaks.cells[0, 0] == 5


def test_two_equal_tops_of_one_bump_are_one_character() -> None:
    bump = np.array([0.1, 0.7, 0.65, 0.65, 0.7, 0.1], np.float32)[None, :, None]
    assert read(bump) == [0]


def test_nothing_above_the_threshold_reads_as_nothing() -> None:
    peaks = find_text(make_maps((10, 0, 0.29)), DecodingOptions(threshold=0.3))
    assert peaks.channels.tolist() == []
    assert peaks.cells.shape == (0, 2)
    assert peaks.confidence == pytest.approx(0.71, abs=1e-3)


@pytest.mark.parametrize("x", [0.0, 29.0])
def test_characters_at_the_border(x: float) -> None:
    assert read(make_maps((x, 1, 0.9))) == [1]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 1), (5, 1, 2)])
def test_maps_of_a_single_row_or_column(shape: tuple[int, int, int]) -> None:
    assert read(np.zeros(shape, np.float32)) == []
    assert set(read(np.full(shape, 0.9, np.float32))) == {0}


# --- length and allowed change the search ----------------------------------------------------


def test_a_length_takes_the_weak_peak_that_the_threshold_left() -> None:
    maps = make_maps((4, 0, 0.9), (12, 1, 0.1), (20, 2, 0.9))
    assert read(maps) == [0, 2]
    assert read(maps, lengths=(3, 3)) == [0, 1, 2]


def test_a_length_that_changes_nothing_leaves_the_confidence_as_it_is() -> None:
    maps = make_maps((4, 0, 0.9), (12, 1, 0.8), (20, 2, 0.95))
    free = find_text(maps)
    assert free.confidence == pytest.approx(0.8, abs=0.01)
    for lengths in ((3, 3), (1, 5)):
        told = find_text(maps, DecodingOptions(lengths=lengths))
        assert told.channels.tolist() == [0, 1, 2]
        assert told.confidence == pytest.approx(free.confidence)
    assert find_text(maps, DecodingOptions(lengths=(2, 2))).confidence == pytest.approx(0.2, abs=0.01), (
        "one is left out"
    )


def test_a_length_drops_the_weakest() -> None:
    maps = make_maps((4, 0, 0.9), (12, 1, 0.5), (20, 2, 0.9))
    assert read(maps) == [0, 1, 2]
    assert read(maps, lengths=(2, 2)) == [0, 2]


def test_a_length_rearranges_the_whole_string() -> None:
    # Two fit only if the strongest, in the middle, is given up.
    maps = make_maps((9, 0, 0.5), (10.5, 1, 0.98), (12, 2, 0.5))
    assert read(maps) == [1]
    assert read(maps, lengths=(2, 2)) == [0, 2]


def test_a_range_of_lengths() -> None:
    maps = make_maps((4, 0, 0.9), (12, 1, 0.1), (20, 2, 0.9))
    assert read(maps, lengths=(1, 3)) == [0, 2]
    assert read(maps, lengths=(3, 5)) == [0, 1, 2]
    assert read(maps, lengths=(0, 1)) in ([0], [2])


def test_a_length_is_met_even_without_peaks_and_else_as_far_as_the_width_goes() -> None:
    blank = np.zeros((3, 9, 2), np.float32)
    assert len(read(blank, lengths=(3, 3), spacing_cells=1.5)) == 3
    assert len(read(blank, lengths=(50, 50), spacing_cells=1)) == 9
    assert find_text(blank, DecodingOptions(lengths=(3, 3))).confidence < 1e-3


def test_allowed_lets_the_second_best_class_win() -> None:
    maps = make_maps((10, 0, 0.6), (10.4, 3, 0.7), (20, 3, 0.9))
    assert read(maps, allowed=(0, 1)) == [0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0.0}, "threshold: it must lie between 0 and 1, got 0.0"),
        ({"threshold": 1.0}, "threshold"),
        ({"spacing_cells": 0}, "spacing_cells: it must be positive, got 0"),
        ({"lengths": (3, 2)}, r"lengths: .* got \(3, 2\)"),
    ],
)
def test_bad_rules(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DecodingOptions(**options)


def test_scores_and_places_are_those_of_the_maps() -> None:
    peaks: Peaks = find_text(make_maps((10.3, 2, 0.9)))
    np.testing.assert_allclose(peaks.cells, [(10.3, 5)], atol=0.01)
    assert peaks.scores[0] == pytest.approx(0.9, abs=0.05)


def test_the_best_string_equals_that_of_exhaustive_search() -> None:
    from itertools import combinations

    from fcn_captcha.maps.decoding import _choose

    rng = np.random.default_rng(0)
    for _ in range(200):
        n = int(rng.integers(1, 9))
        x, gains = np.sort(rng.uniform(0, 12, n)), rng.normal(0, 2, n)
        for lengths in (None, (2, 3)):
            options = DecodingOptions(spacing_cells=1.5, lengths=lengths)
            sizes = range(n + 1) if lengths is None else range(2, 4)
            fitting = [c for k in sizes for c in combinations(range(n), k) if all(np.diff(x[list(c)]) >= 1.5)]
            chosen = _choose(x, gains, options)
            if fitting:
                best = max(sum(gains[list(c)]) for c in fitting)
                assert sum(gains[chosen]) == pytest.approx(best)
            else:
                assert len(chosen) == max(
                    k for k in range(3) for c in combinations(range(n), k) if all(np.diff(x[list(c)]) >= 1.5)
                )
