import numpy as np
import pytest
from fixed_readers import make_fixed_reader

from annotation.proposals import Proposal, Proposer, rank, spread_centres

IMAGE = np.full((30, 81, 3), 255, np.uint8)
SEEN = [("a", 13.5, 13.5, 0.9), ("b", 37.5, 13.5, 0.8), ("c", 61.5, 13.5, 0.95)]
READER = make_fixed_reader("abcde", SEEN)


def draw_bar(ground: int, ink: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = np.full((40, 100, 3), ground, np.uint8)
    image[10:30, 20:80] = ink
    return image


def test_without_a_string_the_reading_is_proposed() -> None:
    found = Proposer(READER).propose(IMAGE, None)
    assert found.text == "abc"
    assert found.doubt == pytest.approx(0.2, abs=1e-3)
    np.testing.assert_allclose(found.centres[:, 0], [13.5, 37.5, 61.5], atol=0.6)
    np.testing.assert_allclose(found.scores, [0.9, 0.8, 0.95], atol=1e-3)


def test_a_stated_string_is_aligned_and_doubted_where_the_reading_differs() -> None:
    right, wrong = (Proposer(READER).propose(IMAGE, text) for text in ("abc", "abd"))
    assert (right.text, wrong.text) == ("abc", "abd")
    np.testing.assert_allclose(right.centres[:, 0], [13.5, 37.5, 61.5], atol=0.6)
    np.testing.assert_allclose(wrong.centres[:2, 0], [13.5, 37.5], atol=0.6)
    assert right.doubt < 0.3
    assert wrong.doubt > 0.9


@pytest.mark.parametrize("text", ["aöc", "b" * 30])
def test_a_string_that_can_not_be_aligned_is_spread(text: str) -> None:
    found = Proposer(READER).propose(draw_bar(255, 0), text)
    assert found.text == text
    np.testing.assert_allclose(found.centres, spread_centres(draw_bar(255, 0), text))
    assert found.doubt > 0.99


@pytest.mark.parametrize(("ground", "ink"), [(255, 0), (10, 240), (120, 90)])
def test_without_a_model_the_string_is_spread_over_the_ink(ground: int, ink: int) -> None:
    found = Proposer(None).propose(draw_bar(ground, ink), "123")
    np.testing.assert_allclose(found.centres[:, 0], [29.5, 49.5, 69.5], atol=2)
    np.testing.assert_allclose(found.centres[:, 1], 19.5, atol=1.5)
    assert found.doubt == 1
    assert found.scores.tolist() == [0, 0, 0]


def test_right_to_left_strings_are_spread_from_the_right() -> None:
    x = Proposer(None).propose(draw_bar(255, 0), "אבג").centres[:, 0]
    assert (np.diff(x) < -10).all()


@pytest.mark.parametrize("text", [None, ""])
def test_without_model_and_string_nothing_is_proposed(text: str | None) -> None:
    found = Proposer(None).propose(IMAGE, text)
    assert (found.text, found.centres.shape, found.doubt) == ("", (0, 2), 1)


def test_a_blank_image_is_spread_over_its_width() -> None:
    x = Proposer(None).propose(IMAGE, "ab").centres[:, 0]
    np.testing.assert_allclose(x, [19.75, 60.25], atol=0.1)


def test_the_most_doubtful_come_first() -> None:
    def make(doubt: float) -> Proposal:
        return Proposal("", np.zeros((0, 2)), np.zeros(0), doubt)

    assert rank({"b": make(0.1), "a": make(0.1), "c": make(0.9), "d": make(0)}) == ["c", "a", "b", "d"]
