"""What ``import fcn_captcha`` gives."""

import inspect
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from folders import write_bars
from untrained import write_untrained

import fcn_captcha
from fcn_captcha.training.settings import Settings


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize(
    "imports",
    [
        "from fcn_captcha import train",
        "import fcn_captcha.train; from fcn_captcha import train",
        "from fcn_captcha.train import main; from fcn_captcha import train",
        "from fcn_captcha import train; import fcn_captcha.train",
        "import fcn_captcha, importlib; importlib.import_module('fcn_captcha.train'); train = fcn_captcha.train",
        "import fcn_captcha; train = fcn_captcha.train",
        "from fcn_captcha import *",
    ],
)
def test_train_is_the_function_in_whichever_order_things_are_imported(imports: str) -> None:
    code = (
        f"{imports}\nimport sys; print(train.__module__, train.__name__, type(train).__name__, 'numpy' in sys.modules)"
    )
    loads = "True" if "*" in imports else "False"  # Reader comes with it
    assert run(code).stdout.split() == ["fcn_captcha.train", "train", "function", loads]


def test_train_says_which_settings_it_takes() -> None:
    parameters = dict(inspect.signature(fcn_captcha.train).parameters)
    assert parameters.pop("watch").default is None
    assert parameters.pop("resume").default is False
    assert parameters.pop("callbacks").default == ()
    assert {name: p.default for name, p in parameters.items()} == {f.name: f.default for f in fields(Settings)}
    shown = inspect.getdoc(fcn_captcha.train)
    assert shown is not None
    for field in fields(Settings):
        assert f"{field.name}: {field.metadata['help']}" in shown


def test_a_wrong_setting_is_found_before_keras_is_loaded() -> None:
    with pytest.raises(TypeError, match="mintues"):
        fcn_captcha.train(mintues=3)
    with pytest.raises(ValueError, match="fold: it must lie in 0 to 9, got 10"):
        fcn_captcha.train(data="d", fold=10)


def test_from_python_nothing_is_printed(tmp_path: Path) -> None:
    write_bars(tmp_path / "data", ["a", "aa", "b", "ab"] * 10)
    model = write_untrained(tmp_path / "model.keras")
    code = """
import sys
from fcn_captcha import Reader, train
print(Reader.load(sys.argv[1]).config.stride)
result = train(data=sys.argv[2], out=sys.argv[3], epochs=1, epoch_images=16)
print(len(result.test) > 0)"""
    done = run(code, str(model), str(tmp_path / "data"), str(tmp_path / "run"))
    assert (done.stdout, done.stderr) == ("4\nTrue\n", "")


def test_a_model_is_read_where_there_is_no_standard_error(tmp_path: Path) -> None:
    model = write_untrained(tmp_path / "model.keras")
    code = """
import os, sys
os.close(2)
sys.stderr = None
from fcn_captcha import Reader
print(Reader.load(sys.argv[1]).config.stride)"""
    assert run(code, str(model)).stdout == "4\n"
