import pytest

from fcn_captcha.evaluation.advice import Curve, describe_confusion, find_verdict
from fcn_captcha.evaluation.metrics import Measures, measure

STEEP = Curve([2000, 4000, 8000], [0.4, 0.2, 0.1])
FLAT = Curve([2000, 4000, 8000], [0.101, 0.1, 0.1])


def make(right: int, wrong: int) -> Measures:
    return measure(["abc"] * (right + wrong), ["abc"] * right + ["abd"] * wrong)


def test_training_far_above_test_asks_for_data_and_says_how_much_it_may_bring() -> None:
    for curve in (None, STEEP, FLAT):
        first = find_verdict(make(70, 30), make(99, 1), 400, curve)[0]
        assert "too little data" in first
        assert "from 400 to 800 images, is likely to bring about 12 points" in first


@pytest.mark.parametrize("images", [0, 400])
def test_a_curve_that_still_rises_asks_for_more_and_says_how_much_by_itself(images: int) -> None:
    first = find_verdict(make(50, 50), make(52, 48), images, STEEP)[0]
    assert first == (
        "Train longer: after 4,000 images 20.0 % of the characters were misread, after 8,000 10.0 %; at that pace "
        "twice the images would bring up to 25 points of exact match."
    )


def test_an_endless_stream_never_suffices_while_its_curve_rises() -> None:
    first = find_verdict(make(98, 2), make(98, 2), 0, STEEP)[0]
    assert "Train longer" in first
    assert "1 point of exact match" in first
    assert "trained to the end" in find_verdict(make(98, 2), make(98, 2), 0, FLAT)[0]


def test_the_data_suffice_only_where_both_are_high_and_the_curve_is_flat() -> None:
    assert "the data suffice" in find_verdict(make(99, 1), make(100, 0), 400, FLAT)[0]
    assert "the data suffice" not in find_verdict(make(90, 10), make(91, 9), 400, STEEP)[0]


def test_low_and_flat_without_a_cause_says_that_it_does_not_know() -> None:
    first = find_verdict(make(50, 50), make(52, 48), 400, FLAT)[0]
    assert "the cause is not known" in first
    assert "--overfit" in first
    assert "too short a training to say why" in find_verdict(make(50, 50), make(52, 48), 400, Curve([500], [0.9]))[0]


def test_causes_come_first_and_what_to_do_after_them() -> None:
    lines = find_verdict(make(0, 50), make(0, 48), 400, FLAT, ["The images are blank."])
    assert lines[0] == "The images are blank."
    assert "mend that first" in lines[1]


def test_stopped_before_its_time() -> None:
    for curve in (None, FLAT):
        first = find_verdict(make(99, 1), make(99, 1), 400, curve, interrupted=True)[0]
        assert first == "Train longer: it was stopped before its time."
    assert "at that pace" in find_verdict(make(50, 50), make(50, 50), 400, STEEP, interrupted=True)[0]


def test_a_curve_knows_its_half_only_where_it_was_measured() -> None:
    assert STEEP.at_half() == pytest.approx(0.2)
    assert Curve([3000, 5000], [0.4, 0.1]).at_half() is None
    assert Curve([], []).expect_gain(0.5) is None
    assert Curve([1000, 8000], [0.1, 0.3]).expect_gain(0.5) == 0


def test_small_test_parts_rare_characters_and_confusions_are_told() -> None:
    lines = "\n".join(find_verdict(make(7, 3), make(8, 0), images=8))
    assert "The test part is small: with 10 images" in lines
    assert "c read as d, 3 times" in lines
    assert "fewer than 10 times in training, so hardly learnt: a b c." in lines


def test_confusions_in_words() -> None:
    assert describe_confusion("0", "O", 14) == "0 read as O, 14 times"
    assert describe_confusion("0", "", 1) == "0 missed, once"
    assert describe_confusion("", "O", 2) == "O invented, 2 times"
