import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.console.ranges import parse_range


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_range_comes_back_from_its_text(least: int, more: int) -> None:
    assert parse_range(f"{least}-{least + more}") == (least, least + more)
    assert parse_range(f" {least} ") == (least, least)


@pytest.mark.parametrize("text", ["", "a", "5-", "-3", "5.0", "4 - 6", "4-6-8", "5\n6"])
def test_what_is_no_range_is_named_with_the_setting(text: str) -> None:
    with pytest.raises(ValueError, match=r"^length: a number like 5 or a range like 4-6 is needed, got '"):
        parse_range(text)
    with pytest.raises(ValueError, match=r"^lines: a number like 5 "):
        parse_range(text, "lines")


def test_the_least_must_not_exceed_the_most() -> None:
    with pytest.raises(ValueError, match="length: the least must not exceed the most, got '6-4'"):
        parse_range("6-4")
