import pytest

from fcn_captcha.evaluation.calibrating import find_right, fit_calibration
from fcn_captcha.maps.decoding import Character, Reading


@pytest.mark.parametrize(
    ("text", "read", "right"),
    [
        ("abc", "abc", "111"),
        ("abc", "axc", "101"),
        ("abc", "ac", "11"),
        ("abc", "abbc", "1101"),
        ("abc", "xyz", "000"),
        ("", "a", "0"),
        ("abc", "", ""),
    ],
)
def test_characters_are_right_by_the_fewest_changes(text: str, read: str, right: str) -> None:
    assert "".join("01"[told] for told in find_right(text, read)) in (right, right.replace("1101", "1011"))


def make_reading(text: str, score: float) -> Reading:
    return Reading(text, score, tuple(Character(c, 0, 0, score) for c in text))


def test_strings_and_characters_are_each_as_likely_as_they_were_right() -> None:
    """Of strings of score 0.8 a third is right, and of their characters two thirds."""
    texts = ["ab", "ab", "ab"] * 200
    readings = [make_reading(read, 0.8) for read in ("ab", "ax", "xb")] * 200
    found = fit_calibration(texts, readings)
    assert found.find_string(0.8) == pytest.approx(1 / 3, abs=0.02)
    assert found.find_character(0.8) == pytest.approx(2 / 3, abs=0.02)


def test_no_readings_change_nothing() -> None:
    assert fit_calibration([], []).find_string(0.7) == 0.7
