import argparse
import inspect
from dataclasses import asdict, dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.console.options import add_flags, find_types, setting, take_fields

LONG = "a" * 61


@dataclass
class Flags:
    steps: int | None = setting(None, "how many, 100 % where none", "budget")
    rate: float = setting(0.5, "how fast")
    file_name: str = setting("x.png", "what it is called")
    letters: str = setting(LONG, "what to draw")
    fast: bool = setting(False, "whether to hurry", "budget")


@dataclass
class Measured(Flags):
    area: int = field(init=False, default=0)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_flags(parser, Flags, "others")
    return parser


def test_types_are_those_of_the_fields_that_are_set() -> None:
    assert find_types(Measured) == {"steps": int, "rate": float, "file_name": str, "letters": str, "fast": bool}


@given(
    st.builds(
        Flags,
        steps=st.none() | st.integers(0),
        rate=st.floats(allow_nan=False),
        file_name=st.text(st.characters(codec="utf-8")),
        letters=st.just(LONG),
        fast=st.booleans(),
    )
)
def test_what_is_written_as_flags_comes_back(wanted: Flags) -> None:
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(wanted).items() if type(value) is not bool]
    flags = [flag for flag in flags if flag != "--steps=None"] + ["--fast"] * wanted.fast
    assert Flags(**vars(make_parser().parse_args(flags))) == wanted
    assert Flags(**vars(make_parser().parse_args(flags[::-1]))) == wanted


def test_help_has_each_flag_under_its_heading_with_a_default_that_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        make_parser().parse_args(["--help"])
    shown = capsys.readouterr().out
    budget, _, others = shown[shown.index("\nbudget:") :].partition("\nothers:")
    assert "--steps N" in budget
    assert "how many, 100 % where none\n" in budget
    assert "--fast" in budget
    assert "--rate" not in budget
    assert "(default 0.5)" in others
    assert "--file-name S" in others
    assert LONG not in others


WRONG = ("--stepz 3", "--steps 3.5", "--rate fast", "--fast 1", "--fast=1", "--st 1", "--rate")


@pytest.mark.parametrize("flags", WRONG)
def test_flags_that_are_wrong_or_cut_end_the_command(flags: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        make_parser().parse_args(flags.split())
    assert end.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_a_function_of_names_shows_the_fields_in_its_signature_and_docstring() -> None:
    @take_fields(Flags)
    def count(first: int, *, watch: object = None, **names: object) -> dict[str, object]:
        """Counts."""
        return names

    parameters = inspect.signature(count).parameters
    assert list(parameters) == ["first", "watch", "steps", "rate", "file_name", "letters", "fast"]
    assert parameters["rate"].default == 0.5
    assert parameters["rate"].kind is inspect.Parameter.KEYWORD_ONLY
    assert count.__doc__ is not None
    assert count.__doc__.startswith("Counts.\n\nFlags, by name:\n    steps: how many")
    assert count(1, rate=2.0) == {"rate": 2.0}
