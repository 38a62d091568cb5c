"""The command, with real trainings in local workers: the weights of an undisturbed one, whoever dies on the way.

A whole selection on a real Dask and a real Ray is in `selection/test_clusters.py`.
"""

import json
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image

from fcn_captcha.model.model_file import read_model
from fcn_captcha.select import main, make_parser
from fcn_captcha.synthesis import find_generator, stream

SMALL = "width=32 height=16 alphabet=abc length=2"
TESTS = Path(__file__).parent
ONE_THREAD = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1")
DRAWN = ["--generator", "dying_generator:draw", "--generated-share", "0.5"]
FLAGS = [*DRAWN, "--epoch-images", "32", "--precision", "float32", "--seed", "5"]
STARTS = ["--starts", "2:1", "1:2", "--workers", "2", "--threads", "1"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 small images without centres."""
    folder = tmp_path_factory.mktemp("data")
    for i, sample in enumerate(islice(stream(find_generator("image-captcha", SMALL), 0), 60)):
        Image.fromarray(sample.image).save(folder / f"{sample.text}-{i}.png")
    return folder


def start(command: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", f"fcn_captcha.{command}", *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: "subprocess.Popen[str]") -> tuple[str, str]:
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return out, errors


@pytest.fixture(scope="module")
def selected(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A selection's folder, and what was printed; a worker died on the way, then the whole was killed and resumed."""
    folder = tmp_path_factory.mktemp("runs")
    out, deaths = folder / "night", folder / "deaths"
    deaths.write_text("1")
    process = start("select", "--data", str(data), "--out", str(out), *STARTS, *FLAGS, DEATHS=str(deaths))
    while not list(out.glob("starts/*/history.csv")):  # in the midst of the first rung
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    errors = process.communicate()[1]
    assert deaths.read_text() == "0"
    assert "warning: a worker died" in errors
    printed, later = end(
        start("select", "--out", str(out), "--resume", "--workers", "2", "--threads", "1", DEATHS=str(deaths))
    )
    assert "tensorflow" not in (errors + later).lower()
    return out, printed


def find_seed(out: Path) -> int:
    return int(json.loads((out / "settings.json").read_text())["seed"])


def assert_same_weights(a: Path, b: Path) -> None:
    ours, others = (read_model(path)[0].get_weights() for path in (a, b))
    assert all((x == y).all() for x, y in zip(ours, others, strict=True))


def test_the_chosen_start_has_the_weights_of_one_training_of_as_many_epochs(
    selected: tuple[Path, str], data: Path, tmp_path: Path
) -> None:
    out, printed = selected
    seed = find_seed(out)
    flags = ["--epochs", "3", *FLAGS[:-1], str(seed), "--out", str(tmp_path / "one")]
    deaths = tmp_path / "deaths"
    deaths.write_text("0")
    end(start("train", "--data", str(data), *flags, **ONE_THREAD, DEATHS=str(deaths)))
    assert_same_weights(out, tmp_path / "one")
    assert f"test    start {seed - 5}: exact match" in printed
    assert {p.name for p in out.iterdir()} == {
        "model.keras", "model.onnx", "report.html", "measures.json", "history.csv", "settings.json", "parts.csv",
        "selection.json", "starts", "starts.html", "starts.csv",
    }  # fmt: skip
    assert len((out / "history.csv").read_text().splitlines()) == 4


def test_help_loads_nothing_heavy_and_names_no_budget(capsys: pytest.CaptureFixture[str]) -> None:
    flags = {flag for action in make_parser()._actions for flag in action.option_strings}
    assert flags > {"--starts", "--workers", "--threads", "--backend", "--address", "--resume", "--data"}
    assert not flags & {"--minutes", "--images", "--epochs"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--starts", "3"], "error: starts: STARTS:EPOCHS, both 1 or more, is needed, as in 20:10, got '3'"),
        (["--backend", "spark"], "error: backend: one of local, dask, ray is needed, got 'spark'"),
        (["--workers", "0"], "error: workers: it must be 1 or more, got 0"),
        (["--resume", "--out", "none"], "error: none: no selection was begun there; leave out --resume to begin one"),
        (["--batch-size", "0"], "error: batch_size: it must lie in 1 to 4096, got 0"),
        (["--data", "none", "--workers", "1"], "none: no such folder"),
    ],
)
def test_what_is_refused(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    assert message in capsys.readouterr().err
