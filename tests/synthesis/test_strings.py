from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.synthesis.strings import check_settings, draw_string


@given(st.integers(0, 9), st.integers(0, 5), st.text(min_size=1), st.integers(0, 2**32))
def test_a_string_has_its_length_and_its_alphabet(least: int, more: int, alphabet: str, seed: int) -> None:
    text = draw_string(f"{least}-{least + more}", alphabet, np.random.default_rng(seed))
    assert least <= len(text) <= least + more
    assert set(text) <= set(alphabet)


def test_every_length_and_every_character_is_drawn() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_string("1-3", "aé中", rng) for _ in range(100)]
    assert {len(text) for text in drawn} == {1, 2, 3}
    assert set("".join(drawn)) == set("aé中")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"length": "0"}, "length: at least 1 is needed, got '0'"),
        ({"length": "0-3"}, "length: at least 1 is needed, got '0-3'"),
        ({"length": "some"}, "length: a number like 5 or a range like 4-6 is needed, got 'some'"),
        ({"alphabet": ""}, "alphabet: at least one character and no blanks are needed, got ''"),
        ({"alphabet": "a b"}, "alphabet: at least one character and no blanks are needed, got 'a b'"),
        ({"alphabet": "a\u4e2d"}, "DejaVuSans.ttf: it has no glyph for '\u4e2d'"),
        ({"height": 15}, "height: it must lie in 16 to 99, got 15"),
        ({"height": 100}, "height: it must lie in 16 to 99, got 100"),
        ({"fonts": " , "}, "fonts: at least one is needed, got ' , '"),
    ],
)
def test_a_setting_that_can_not_be_is_named(change: dict[str, object], message: str) -> None:
    good = {"length": "4-6", "alphabet": "ab", "fonts": "DejaVuSans", "height": 16}
    check_settings(SimpleNamespace(**good), height=(16, 99))
    with pytest.raises(ValueError, match=message):
        check_settings(SimpleNamespace(**{**good, **change}), height=(16, 99))
