"""The command ``read``: which lines it prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_png
from untrained import write_untrained

from fcn_captcha.read import main


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained(tmp_path_factory.mktemp("model") / "model.keras")


def test_each_path_gets_its_line_even_if_given_twice(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = write_png(tmp_path / "a.png"), write_png(tmp_path / "b.png", 90)
    assert main([str(model), str(one), str(one), str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == [str(p) for p in (one, one, one, other)]
    assert len({line.split("\t")[2] for line in lines[:3]}) == 1


def run(*arguments: str | Path, encoding: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode(encoding).splitlines(), done.stderr.decode()


def test_what_the_console_can_not_show_is_escaped(tmp_path: Path) -> None:
    model = write_untrained(tmp_path / "model.keras", "中文")
    folder = tmp_path / "images"
    folder.mkdir()
    write_png(folder / "中.png")
    (folder / "中2.png").write_bytes(b"")
    os.rename(write_png(folder / "b.png"), os.fsencode(folder) + b"/\xd6\xd0.png")
    status, lines, errors = run("-m", "fcn_captcha.read", model, folder, "--length", "1", encoding="cp1252")
    assert status == 1
    assert [line.split("\t")[0] for line in lines] == [f"{folder}/\\u4e2d.png", f"{folder}/\\udcd6\\udcd0.png"]
    assert {line.split("\t")[1] for line in lines} <= {"\\u4e2d", "\\u6587"}
    assert "2.png: the file is empty" in errors
    assert "Traceback" not in errors


def test_lines_of_progress_are_escaped_too() -> None:
    code = r"from fcn_captcha.console.progress import Watch, escape_output; escape_output(); Watch().say('\udcd6 中')"
    status, _, errors = run("-c", code, encoding="ascii")
    assert (status, errors) == (0, "\\udcd6 \\u4e2d\n")


@pytest.mark.parametrize("command", ["train", "evaluate", "generate"])
def test_every_command_escapes(command: str) -> None:
    flags = {"train": "--data 中", "evaluate": "中 --data 文", "generate": "plain --count 0 --out 中"}[command]
    code = f"""
import sys
sys.modules["keras"] = None  # it would take seconds, and all of them escape before
from fcn_captcha.{command} import main
try:
    main({flags.split()!r})
except SystemExit:
    print(sys.stdout.errors)"""
    _, lines, _ = run("-c", code, encoding="ascii")
    assert lines == ["backslashreplace"]
