from dataclasses import replace

import numpy as np
import pytest

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.data.samples import Sample
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.transform import Transform
from fcn_captcha.training.examples import Example, check_width, move_centres, prepare

EXAMPLE = Example(
    "e", np.zeros((30, 50, 1), np.float32), np.array([1]), np.array([(20.0, 14.0)]), True, Transform(np.eye(2, 3))
)


def test_prepare_moves_centres_with_the_scale() -> None:
    image = np.full((40, 80, 3), 255, np.uint8)
    example = prepare(Sample("s", image, "ba", np.array([(10, 20), (60, 20)])), Preprocess(0.5), Alphabet("ab"))
    assert example.ink.shape == (20, 40, 1)
    assert example.channels.tolist() == [1, 0]
    assert example.known
    assert example.centres_px is not None
    np.testing.assert_allclose(example.centres_px, [(4.75, 9.75), (29.75, 9.75)])
    with pytest.raises(ValueError, match=r"s: .*'x' is not in the alphabet"):
        prepare(Sample("s", image, "x"), Preprocess(), Alphabet("ab"))


def test_known_centres_stay_where_they_are() -> None:
    with pytest.raises(ValueError, match="its centres are known"):
        move_centres(EXAMPLE, np.zeros((1, 2)))
    unknown = replace(EXAMPLE, known=False)
    np.testing.assert_array_equal(move_centres(unknown, np.ones((1, 2))).centres_px, [[1, 1]])


def test_prepare_puts_what_reads_from_the_right_from_left_to_right() -> None:
    centres = np.array([(70, 5), (50, 5), (10, 5), (30, 5)])  # of the string's characters, in its order
    sample = Sample("s", np.full((40, 80, 3), 255, np.uint8), "אב12", centres)
    example = prepare(sample, Preprocess(), Alphabet("12אב"))
    assert example.channels.tolist() == [0, 1, 3, 2]
    assert example.centres_px is not None
    assert example.centres_px[:, 0].tolist() == [10, 30, 50, 70]


def test_an_image_has_a_column_for_each_character() -> None:
    image = np.full((8, 9, 3), 255, np.uint8)  # padded to 12, three columns
    for text in ("aba", "abab"):
        sample = Sample("s", image, text)
        example = prepare(sample, Preprocess(), Alphabet("ab"))
        if len(text) == 3:
            check_width(sample, example, 4)
        else:
            with pytest.raises(DataError, match=r"s: 4 characters can't fit into its 3 columns, one for each 4 px"):
                check_width(sample, example, 4)
