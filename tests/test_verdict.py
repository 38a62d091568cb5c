from fcn_captcha.metrics import measure
from fcn_captcha.verdict import describe_confusion, find_verdict


def make(right: int, wrong: int):  # type: ignore[no-untyped-def]
    return measure(["abc"] * (right + wrong), ["abc"] * right + ["abd"] * wrong)


def test_training_far_above_test_asks_for_data_and_says_how_much_it_may_bring() -> None:
    first = find_verdict(make(70, 30), make(99, 1), images=400)[0]
    assert "too little data" in first
    assert "from 400 to 800 images, is likely to bring about 12 points" in first


def test_both_low_and_alike_asks_for_minutes_or_a_larger_network() -> None:
    first = find_verdict(make(50, 50), make(52, 48), images=400)[0]
    assert "alike and low" in first
    assert "minutes" in first


def test_both_high_is_enough() -> None:
    assert "keeps up" in find_verdict(make(99, 1), make(100, 0), images=400)[0]


def test_small_test_parts_rare_characters_and_confusions_are_told() -> None:
    lines = "\n".join(find_verdict(make(7, 3), make(8, 0), images=8))
    assert "The test part is small: with 10 images" in lines
    assert "c read as d, 3 times" in lines
    assert "fewer than 10 times in training, so hardly learnt: a b c." in lines


def test_confusions_in_words() -> None:
    assert describe_confusion("0", "O", 14) == "0 read as O, 14 times"
    assert describe_confusion("0", "", 1) == "0 missed, once"
    assert describe_confusion("", "O", 2) == "O invented, 2 times"
