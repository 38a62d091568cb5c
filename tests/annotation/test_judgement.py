import numpy as np
import pytest
from fixed_readers import make_fixed_reader

from annotation.judgement import judge
from fcn_captcha.data.preprocessing import Preprocess

AT_THRESHOLD = np.log(0.6 / 0.4)  # what a peak gains by a threshold of 0.4 instead of a half
IMAGE = np.full((30, 81, 3), 255, np.uint8)  # 8×21 cells with the padding
SEEN = [("a", 13.5, 13.5, 0.9), ("b", 37.5, 13.5, 0.8), ("c", 61.5, 13.5, 0.95)]
READER = make_fixed_reader("abcde", SEEN)


def test_a_right_string_is_doubted_as_much_as_its_least_certain_character() -> None:
    found = judge(READER, IMAGE, "abc")
    assert found.read == "abc"
    assert found.log_odds == pytest.approx(-np.log(4) - AT_THRESHOLD, abs=1e-3)
    np.testing.assert_allclose(found.scores, [0.9, 0.8, 0.95], atol=1e-3)
    assert found.centres is not None
    np.testing.assert_allclose(found.centres, [(13.5, 13.5), (37.5, 13.5), (61.5, 13.5)], atol=0.6)


def test_what_both_strings_have_cancels() -> None:
    found = judge(READER, IMAGE, "adc")
    assert found.read == "abc"
    # b has 0.8 where d has nothing, which counts as 0.001
    assert found.log_odds == pytest.approx(np.log(0.8 / 0.2) + np.log(0.999 / 0.001), abs=0.05)
    assert found.doubt > 0.999


def test_two_wrong_characters_are_worse_than_one_and_an_unsure_one_is_no_proof() -> None:
    odds = [judge(READER, IMAGE, text).log_odds for text in ("abc", "dbc", "dec", "ded")]
    assert odds == sorted(odds)
    unsure = make_fixed_reader("abcde", [*SEEN[:2], ("c", 61.5, 13.5, 0.45), ("d", 61.5, 13.5, 0.44)])
    assert unsure.read(IMAGE).text == "abc"
    assert judge(unsure, IMAGE, "abd").doubt == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("text", ["ab", "abcd", "acb", "cba", "", "dddd"])
def test_missing_further_and_swapped_characters_are_doubted(text: str) -> None:
    found = judge(READER, IMAGE, text)
    assert found.doubt > 0.9
    assert found.centres is not None
    assert found.centres.shape == (len(text), 2)
    assert found.scores.shape == (len(text),)


@pytest.mark.parametrize("text", ["axc", "a" * 22])
def test_what_can_not_be_aligned_is_doubted_and_has_no_centres(text: str) -> None:
    found = judge(READER, IMAGE, text)
    assert found.centres is None
    assert found.doubt > 0.99
    assert found.scores.tolist() == [0] * len(text)


def test_centres_are_in_pixels_of_the_image_whatever_its_scale() -> None:
    reader = make_fixed_reader("abcde", SEEN, Preprocess(scale=0.5))
    found = judge(reader, np.full((60, 162, 3), 255, np.uint8), "abc")
    assert found.centres is not None
    np.testing.assert_allclose(found.centres, [(27.5, 27.5), (75.5, 27.5), (123.5, 27.5)], atol=1.2)


def test_right_to_left_strings_are_in_their_own_order() -> None:
    reader = make_fixed_reader("אבג", [("ג", 13.5, 13.5, 0.9), ("ב", 37.5, 13.5, 0.8), ("א", 61.5, 13.5, 0.95)])
    found = judge(reader, IMAGE, "אבג")
    assert found.read == "אבג"
    assert found.centres is not None
    np.testing.assert_allclose(found.centres[:, 0], [61.5, 37.5, 13.5], atol=0.6)
    np.testing.assert_allclose(found.scores, [0.95, 0.8, 0.9], atol=1e-3)


def test_one_character_is_no_proof_of_two() -> None:
    # a has 0.9, and of the two b one has no peak, however high the only one's shoulder is
    assert judge(READER, IMAGE, "bbc").log_odds == pytest.approx(np.log(9) + np.log(999), abs=0.01)
    assert judge(READER, IMAGE, "abbc").log_odds == pytest.approx(np.log(999) - AT_THRESHOLD, abs=0.01)


def test_two_equal_characters_side_by_side_are_two() -> None:
    twins = make_fixed_reader("ab", [("a", 29.5, 13.5, 0.9), ("a", 41.5, 13.5, 0.9), ("b", 61.5, 13.5, 0.9)])
    assert twins.read(IMAGE).text == "aab"
    assert judge(twins, IMAGE, "aab").doubt < 0.2
    assert judge(twins, IMAGE, "aaa").log_odds == pytest.approx(np.log(9) + np.log(999), abs=0.3)
    assert judge(twins, IMAGE, "ab").log_odds == pytest.approx(np.log(9) + AT_THRESHOLD, abs=0.3)


@pytest.mark.parametrize(
    ("other", "log_odds"),
    [
        (("d", 61.5, 13.5, 0.9), np.log(9) - np.log(19)),  # in place of c, which has 0.95
        (("d", 73.5, 13.5, 0.3), np.log(3 / 7) + AT_THRESHOLD),  # behind c, where there is room
        (("d", 61.5, 13.5, 0.01), -np.log(4) - AT_THRESHOLD),  # less likely than that b is none
    ],
)
def test_a_right_string_is_doubted_by_what_could_stand_instead(
    other: tuple[str, float, float, float], log_odds: float
) -> None:
    reader = make_fixed_reader("abcde", [*SEEN, other])
    assert reader.read(IMAGE).text == "abc"
    assert judge(reader, IMAGE, "abc").log_odds == pytest.approx(log_odds, abs=0.01)


def test_nothing_stated_and_nothing_read_is_no_doubt() -> None:
    assert judge(make_fixed_reader("ab", []), IMAGE, "").log_odds == pytest.approx(-np.log(999) + AT_THRESHOLD)
