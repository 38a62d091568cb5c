import ast
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from fcn_captcha.train import make_parser
from fcn_captcha.training.settings import Settings, resume_settings

PACKAGE = Path(__file__).parent.parent.parent / "fcn_captcha"


def test_every_setting_is_a_flag_with_the_same_default() -> None:
    flags = vars(make_parser().parse_args([]))
    assert flags.pop("overfit") is None
    assert flags.pop("resume") is False
    assert flags == {f.name: f.default for f in fields(Settings)}


def test_flags_arrive_with_their_types() -> None:
    flags = make_parser().parse_args("--data d --out o --epochs 3 --overwrite --learning-rate 1e-4".split())
    settings = Settings(**{k: v for k, v in vars(flags).items() if k not in ("overfit", "resume")})
    assert (settings.minutes, settings.epochs, settings.overwrite, settings.learning_rate) == (None, 3, True, 1e-4)
    assert settings.budget == ("epochs",)


def test_straightening_levels_too() -> None:
    assert Settings(data="d", straighten=True).deskew
    assert not Settings(data="d").deskew


@pytest.mark.parametrize("flags", [["--mintues", "3"], ["--minutes", "soon"], ["--out"], ["stray"], ["--min", "3"]])
def test_unknown_and_cut_flags_are_errors(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        make_parser().parse_args(flags)
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generator_options": "width=3"}, "generator_options: a generator is needed for them, got 'width=3'"),
        ({"minutes": 3.0, "images": 500}, "images: there can be one budget, got minutes and images"),
        ({"images": 0}, "images: it must lie in 1 to 1000000000000, got 0"),
        ({"label_pattern": "abc"}, "label_pattern: a group in round brackets must say"),
        ({"label_pattern": "(a"}, "label_pattern: not a regular expression"),
        ({"label_pattern": "(a)", "data": None}, "label_pattern: a folder of data is needed for it"),
        ({"minutes": 0}, "minutes: it must lie in 0.05 to 100000, got 0"),
        ({"fold": 10}, "fold: it must lie in 0 to 9, got 10"),
        ({"batch_size": 0}, "batch_size"),
        ({"devices": 0}, "devices: it must lie in 1 to 1024, got 0"),
        ({"precision": "half"}, "precision: auto, float32 or bfloat16 is needed, got 'half'"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"augmentation": -0.1}, "augmentation"),
        ({"rotation_deg": 90}, "rotation_deg: it must lie in 0 to 45, got 90"),
    ],
)
def test_bad_settings_name_the_rule_and_the_value(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        replace(Settings(data="d", out="o"), **change)


@pytest.mark.parametrize("name", [f.name for f in fields(Settings)])
def test_every_setting_has_a_reader(name: str) -> None:
    wanted = "sigmas_cells" if name.startswith("sigma_") else name
    readers = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if path.name != "settings.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == wanted and is_settings(node.value)
    ]
    assert readers


def is_settings(node: ast.expr) -> bool:
    """Whether it is ``settings`` or ``something.settings``, so that another object's ``out`` doesn't count."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name == "settings"


# --- of a training that goes on --------------------------------------------------------------------

BEGUN = {**Settings(data="d", out="o", epochs=4).as_dict(), "precision": "float32", "optimiser": "muon", "versions": {}}


def test_a_training_that_goes_on_has_the_settings_it_was_begun_with() -> None:
    settings = resume_settings(BEGUN, {})
    assert {**settings.as_dict(), "versions": {}} == BEGUN
    stated = {"data": "moved", "out": "elsewhere", "fold": 0, "precision": "auto", "optimiser": None, "epochs": 6}
    assert resume_settings(BEGUN, stated) == replace(settings, data="moved", out="elsewhere", epochs=6)
    assert resume_settings({**BEGUN, "epochs": None}, {"minutes": 20.0}).minutes == 20
    assert resume_settings({**BEGUN, "devices": 2}, {}).devices == 2
    assert resume_settings({**BEGUN, "devices": 2}, {"devices": 1, "tensorboard": True}).devices == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fold": 3}, "fold: it must stay 0 for a training that goes on, got 3"),
        ({"deskew": True}, "deskew: it must stay False for a training that goes on, got True"),
        ({"precision": "bfloat16"}, "precision: it must stay 'float32' for a training that goes on, got 'bfloat16'"),
        ({"epochs": 3}, "epochs: a training that goes on can have more than its 4, not less, got 3"),
        ({"images": 9000}, "images: the budget of the training that goes on is one of epochs, got 9000"),
        ({"overwrite": True}, "overwrite: a training that goes on replaces nothing"),
    ],
)
def test_what_a_training_that_goes_on_can_not_have_is_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        resume_settings(BEGUN, given)


def test_ten_minutes_that_were_not_stated_can_not_become_less() -> None:
    with pytest.raises(ValueError, match=r"minutes: a training that goes on can have more than its 10\.0, not less"):
        resume_settings({**BEGUN, "epochs": None}, {"minutes": 5.0})
