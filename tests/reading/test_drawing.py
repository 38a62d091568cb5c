import numpy as np
import pytest

from fcn_captcha.maps.decoding import Character, Reading
from fcn_captcha.reading.drawing import draw_reading

BLUE, VERMILION = (0, 114, 178), (213, 94, 0)


def find_colour(picture: np.ndarray, colour: tuple[int, int, int], top: int, bottom: int) -> np.ndarray:
    """Columns and rows of a colour between two rows."""
    rows, columns = np.nonzero((picture[top:bottom] == colour).all(axis=-1))
    return np.column_stack([columns, rows + top])


@pytest.mark.parametrize(("height", "times"), [(40, 4), (100, 2), (300, 1)])
def test_circles_lie_at_the_centres_and_unsure_ones_are_vermilion(height: int, times: int) -> None:
    image = np.full((height, 240, 3), 200, np.uint8)
    reading = Reading("a字", 0.8, (Character("a", 30, 20, 0.95), Character("字", 90.5, 30, 0.4)))
    picture = np.asarray(draw_reading(image, reading))
    band = (picture.shape[0] - times * height) // 2
    for colour, x, y in ((BLUE, 30, 20), (VERMILION, 90.5, 30)):
        ring = find_colour(picture, colour, band + 1, band + times * height)
        assert ring.mean(axis=0) == pytest.approx([times * (x + 0.5), band + times * (y + 0.5)], abs=1)


def test_a_label_stands_beside_a_wrong_reading_only() -> None:
    image, reading = np.zeros((40, 400, 3), np.uint8), Reading("abc", 0.99, ())
    plain, right, wrong = (np.asarray(draw_reading(image, reading, label)) for label in (None, "abc", "abd"))
    assert (plain == right).all()
    below = plain.shape[0] - 46
    titles = [find_colour(picture, VERMILION, below, plain.shape[0]) for picture in (right, wrong)]
    assert [len(title) > 0 for title in titles] == [False, True]


def test_nothing_and_images_narrower_than_their_title_are_drawn_too() -> None:
    picture = draw_reading(np.zeros((8, 8, 3), np.uint8), Reading("", 0.99, ()))
    assert picture.width > 100
    assert (np.asarray(picture)[-40:] < 100).any(), "the title"
