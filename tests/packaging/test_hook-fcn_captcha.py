"""PyInstaller finds the hook, and the hook what has to come along."""

import runpy
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

import pytest

import fcn_captcha
from fcn_captcha.packaging import find_hooks

ROOT = Path(__file__).parents[2]
PACKAGE = Path(fcn_captcha.__file__).parent


def test_the_entry_point_leads_to_the_hook() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    name, _, where = config["options.entry_points"]["pyinstaller40"].strip().partition(" = ")
    module, _, function = where.partition(":")
    assert name == "hook-dirs"
    assert getattr(import_module(module), function) is find_hooks
    (folder,) = find_hooks()
    assert (Path(folder) / "hook-fcn_captcha.py").exists()


def test_all_data_files_come_along() -> None:
    pytest.importorskip("PyInstaller")
    (folder,) = find_hooks()
    found = runpy.run_path(str(Path(folder) / "hook-fcn_captcha.py"))
    taken = {Path(source).relative_to(PACKAGE).as_posix() for source, _ in found["datas"]}
    there = {p.relative_to(PACKAGE).as_posix() for d in ("fonts", "models") for p in (PACKAGE / d).glob("*")}
    assert taken == there
    assert "fonts/DroidSansMono.ttf" in taken
    assert all(Path(target).as_posix().startswith("fcn_captcha/") for _, target in found["datas"])
    assert {"keras", "tensorflow"} <= set(found["excludedimports"])
