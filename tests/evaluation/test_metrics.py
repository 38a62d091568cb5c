import math

import pytest

from fcn_captcha.evaluation.metrics import Confusion, Share, measure


def test_measures_of_a_few_strings() -> None:
    found = measure(["abc", "aa", "b"], ["abd", "aa", "ab"])
    assert (found.exact.hits, found.exact.count) == (1, 3)
    assert found.edit_distance == pytest.approx(2 / 3)
    assert found.characters == pytest.approx(1 - 2 / 6)
    assert found.confusions == (Confusion("", "a", 1), Confusion("c", "d", 1))
    assert (found.by_character["c"].hits, found.by_character["c"].count) == (0, 1)
    assert found.by_character["a"].value == 1
    assert found.by_length[3].hits == 0
    assert found.by_length[2].hits == 1


def test_confusions_come_most_frequent_first() -> None:
    found = measure(["0", "0", "1"], ["O", "O", ""])
    assert found.confusions == (Confusion("0", "O", 2), Confusion("1", "", 1))


def test_character_accuracy_is_never_negative() -> None:
    assert measure(["a"], ["xyz"]).characters == 0


def test_wilson_interval() -> None:
    # R: binom::binom.confint(99, 100, method = "wilson")
    low, high = Share(99, 100).interval
    assert low == pytest.approx(0.9455, abs=1e-4)
    assert high == pytest.approx(0.99823, abs=1e-4)
    assert Share(5, 5).interval[1] == 1
    assert math.isnan(Share(0, 0).value)


@pytest.mark.parametrize(("truths", "readings"), [([], []), (["a"], ["a", "b"])])
def test_nothing_to_compare(truths: list[str], readings: list[str]) -> None:
    with pytest.raises(ValueError, match=r"truths|readings"):
        measure(truths, readings)


def test_as_dict_is_json() -> None:
    import json

    record = json.loads(json.dumps(measure(["ab"], ["ac"]).as_dict()))
    assert record["exact"] == 0
    assert record["images"] == 1
    assert record["confusions"] == [{"truth": "b", "read": "c", "times": 1}]
