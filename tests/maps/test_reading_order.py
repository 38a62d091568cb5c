import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import Peaks
from fcn_captcha.maps.reading_order import find_order, reorder
from fcn_captcha.maps.transform import Transform
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.reading.reader import make_reading


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AB12", "AB12"),
        ("12+5=", "12+5="),
        ("אבג", "גבא"),
        ("אב12", "12בא"),
        ("12אב", "בא12"),
        ("אב 12.5", "12.5 בא"),
        ("אב 12 34", "34 12 בא"),
        ("א Ab cd ב", "ב Ab cd א"),
        ("مرحبا ٣٤", "٣٤ ابحرم"),
        ("אA1-ב", "ב-A1א"),
        ("語語", "語語"),
        ("", ""),
    ],
)
def test_as_an_image_shows_it_and_back(text: str, shown: str) -> None:
    assert reorder(text) == shown
    assert reorder(shown) == text


@given(st.text("אבم12٣Ab .-+(語", max_size=12))
def test_it_is_its_own_inverse(text: str) -> None:
    assert reorder(reorder(text)) == text
    order = find_order(text)
    assert sorted(order) == list(range(len(text)))
    back = find_order(reorder(text))
    assert [order[i] for i in back] == list(range(len(text)))


def test_what_reads_from_the_right_is_read_in_its_order_and_located() -> None:
    config = ModelConfig(Alphabet("12אב"), Preprocess(), 0.4, 2.0, 4, "seed")
    cells = np.array([(1.0, 2), (3, 2), (5, 2), (7, 2)])
    peaks = Peaks(cells, np.array([0, 1, 3, 2]), np.array([0.6, 0.7, 0.8, 0.9]), 0.6)
    reading = make_reading(peaks, config, Transform(np.eye(2, 3)))
    assert reading.text == "אב12"
    assert [(c.character, c.x, c.score) for c in reading.characters] == [
        ("א", 29.5, 0.9),
        ("ב", 21.5, 0.8),
        ("1", 5.5, 0.6),
        ("2", 13.5, 0.7),
    ]
