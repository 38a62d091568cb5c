import weakref
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from fcn_captcha.evaluation.tuning import QUICK, SPACINGS_CELLS, THRESHOLDS, choose_options, measure_options
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import DecodingOptions
from fcn_captcha.maps.targets import make_centre_maps

ALPHABET = Alphabet("abc")
Maps = npt.NDArray[np.float32]


def make_maps(*characters: tuple[float, str, float], width: int = 30) -> Maps:
    """Maps with (x, character, height) at row 3."""
    maps = np.zeros((7, width, len(ALPHABET)), np.float32)
    for x, character, height in characters:
        maps = np.maximum(maps, height * make_centre_maps([(x, 3)], ALPHABET.encode(character), maps.shape))
    return maps


def test_each_of_the_rules_is_measured_on_the_same_maps() -> None:
    labelled = [(make_maps((5, "a", 0.9), (15, "b", 0.45)), "ab"), (make_maps((5, "c", 0.35), width=11), "c")]
    strict, usual, lax = measure_options(
        labelled, ALPHABET, [DecodingOptions(0.6), DecodingOptions(0.4), DecodingOptions(0.3)]
    )
    assert [m.exact.hits for m in (strict, usual, lax)] == [0, 1, 2]
    assert [m.characters for m in (strict, usual, lax)] == pytest.approx([1 / 3, 2 / 3, 1])
    assert {m.exact.count for m in (strict, usual, lax)} == {2}
    assert measure_options(labelled, ALPHABET, []) == []


def test_exact_match_counts_before_the_characters() -> None:
    one, three = (5, "a", 0.9), [(5, "a", 0.25), (14, "b", 0.25), (23, "c", 0.25)]
    labelled = [
        (make_maps(one, (14, "b", 0.2)), "a"),  # read rightly at 0.3 and with one too many at 0.1
        (make_maps(*three, (30, "b", 0.2), width=36), "abc"),  # nothing at 0.3, one too many at 0.1
    ]
    low, high = measure_options(labelled, ALPHABET, [DecodingOptions(0.1), DecodingOptions(0.3)])
    assert low.characters > high.characters
    choice = choose_options(labelled, ALPHABET, thresholds=(0.1, 0.3))
    assert choice.options.threshold == 0.3
    assert (choice.exact, choice.characters) == (high.exact.value, high.characters) == (0.5, 0.25)


def test_of_equally_many_exact_matches_the_characters_decide() -> None:
    labelled = [
        (make_maps((5, "a", 0.9), (14, "b", 0.2)), "a"),
        (make_maps((5, "a", 0.25), (14, "b", 0.25), (23, "c", 0.25)), "abc"),
    ]
    choice = choose_options(labelled, ALPHABET, thresholds=(0.1, 0.3))
    assert choice.options.threshold == 0.1
    assert (choice.exact, choice.characters) == (0.5, 0.75)
    assert choice.curve == ((0.1, 0.5), (0.3, 0.5))


@pytest.mark.parametrize(
    ("thresholds", "spacings_cells", "nearest"),
    [
        (THRESHOLDS, SPACINGS_CELLS, (0.4, 2.0)),
        (THRESHOLDS[::-1], SPACINGS_CELLS[::-1], (0.4, 2.0)),
        ((0.1, 0.3, 0.6), (1.0, 2.5), (0.3, 2.5)),
        (*QUICK, (0.4, 2.0)),
    ],
)
def test_of_rules_that_read_alike_those_nearest_to_the_usual_ones_are_taken(
    thresholds: tuple[float, ...], spacings_cells: tuple[float, ...], nearest: tuple[float, float]
) -> None:
    labelled = [(make_maps((5, "a", 0.95), (20, "b", 0.95)), "ab")]
    choice = choose_options(labelled, ALPHABET, thresholds=thresholds, spacings_cells=spacings_cells)
    assert (choice.options.threshold, choice.options.spacing_cells) == nearest
    assert choice.curve == tuple((threshold, 1.0) for threshold in thresholds)


def test_spacing_is_chosen_too_and_the_curve_is_at_it() -> None:
    labelled = [(make_maps((10, "a", 0.9), (11.7, "b", 0.45)), "ab")]
    choice = choose_options(labelled, ALPHABET)
    assert choice.options.spacing_cells == 1.5
    assert dict(choice.curve)[0.3] == 1
    assert dict(choice.curve)[0.6] == 0


def test_the_widths_that_were_trained_are_part_of_the_rules() -> None:
    wide = make_centre_maps([(15, 3)], [1], (7, 30, 3), (2.6, 2.6))
    assert choose_options([(wide, "b")], ALPHABET, (2.6, 2.6)).exact == 1
    assert choose_options([(wide, "bb")], ALPHABET, (1.3, 2.6)).options.sigmas_cells == (1.3, 2.6)


def test_one_map_is_held_at_a_time_and_nothing_can_not_be_measured() -> None:
    held: list[weakref.ref[Maps]] = []

    def draw() -> Iterator[tuple[Maps, str]]:
        for text in "abcabc":
            assert sum(ref() is not None for ref in held) <= 1
            maps = make_maps((5, text, 0.9))
            held.append(weakref.ref(maps))
            yield maps, text
            del maps

    assert choose_options(draw(), ALPHABET).exact == 1
    assert len(held) == 6
    with pytest.raises(ValueError, match="truths: nothing to measure, got no image"):
        choose_options([], ALPHABET)
