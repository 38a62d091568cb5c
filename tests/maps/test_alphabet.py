import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.maps.alphabet import Alphabet


def test_from_texts_sorts_and_drops_repeats() -> None:
    assert Alphabet.from_texts(["ba", "a1", "é"]).characters == "1abé"


@given(st.text("xyz017é語אבג", max_size=12))
def test_decode_inverts_encode(text: str) -> None:
    alphabet = Alphabet("017xyzé語אבג")
    assert alphabet.decode(alphabet.encode(text)) == text


def test_channels_are_from_left_to_right() -> None:
    assert Alphabet("12אב").encode("אב12").tolist() == [0, 1, 3, 2]
    assert Alphabet("ab").encode("ba").tolist() == [1, 0]


def test_encode_names_the_unknown_character() -> None:
    with pytest.raises(ValueError, match=r"text 'ab!': character '!' is not in the alphabet 'ab'"):
        Alphabet("ab").encode("ab!")


def test_an_alphabet_has_each_character_once_and_at_least_one() -> None:
    with pytest.raises(ValueError, match="'a' twice"):
        Alphabet("aba")
    with pytest.raises(ValueError, match="at least one"):
        Alphabet("")
