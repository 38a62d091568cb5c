"""The command ``read``: which lines it prints."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_png
from untrained import write_untrained, write_untrained_onnx

from fcn_captcha.read import main, name_pictures

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained_onnx(tmp_path_factory.mktemp("model") / "model.onnx")


def test_each_path_gets_its_line_even_if_given_twice(model: Path, tmp_path: Path, capsys: Captured) -> None:
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
    assert [line.split("\t")[0] for line in lines] == [f"{folder}/\\u4e2d.png", f"{folder}/\\xd6\\xd0.png"]
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


def test_a_bad_file_is_named_and_the_rest_read(model: Path, tmp_path: Path, capsys: Captured) -> None:
    write_png(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    write_png(tmp_path / "c.png")
    assert main([str(model), str(tmp_path), str(tmp_path / "none.png"), str(tmp_path / "x*.png")]) == 1
    out, errors = capsys.readouterr()
    assert [Path(line.split("\t")[0]).name for line in out.splitlines()] == ["a.png", "c.png"]
    assert [line.partition(f"{tmp_path}/")[2] for line in sorted(errors.splitlines())] == [
        "b.png: not an image in a known format",
        "none.png: no such file",
        "x*.png: no file matches",
    ]


def test_patterns_and_standard_input(
    model: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a1.png", "a2.png", "b1.png"):
        write_png(tmp_path / name)
    content = io.TextIOWrapper(io.BytesIO((tmp_path / "a1.png").read_bytes()))
    monkeypatch.setattr("sys.stdin", content)
    assert main([str(model), str(tmp_path / "a?.png"), "-"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [Path(line.split("\t")[0]).name for line in lines] == ["a1.png", "a2.png", "-"]
    assert lines[2].split("\t")[1:] == lines[0].split("\t")[1:]


def test_a_file_of_readings_is_gone_on_with(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for i in range(6):
        write_png(folder / f"{i}.png", 40 * i)
    out = tmp_path / "out.csv"
    assert main([str(model), str(folder), "--out", str(out), "--jobs", "2"]) == 0
    whole = out.read_text()
    assert [Path(line.split(",")[0]).name for line in whole.splitlines()[1:]] == [f"{i}.png" for i in range(6)]
    lines = whole.splitlines(keepends=True)
    out.write_text("".join(lines[:3]) + lines[3][:-4])  # as if it had been killed
    (folder / "0.png").write_bytes(b"")  # read already, so it is not looked at again
    assert main([str(model), str(folder), "--out", str(out)]) == 0
    assert out.read_text() == whole


def test_unsure_readings_are_left_empty_and_counted(model: Path, tmp_path: Path, capsys: Captured) -> None:
    path = write_png(tmp_path / "a.png")
    assert main([str(model), str(path), str(path), "--length", "2", "--min-confidence", "0.999"]) == 0
    out, errors = capsys.readouterr()
    assert [line.split("\t")[1] for line in out.splitlines()] == ["", ""]
    assert errors == "2 of 2 are less sure: left empty\n"


def test_pictures(model: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_png(tmp_path / name / "1.png")
    write_png(tmp_path / "2.png")
    assert main([str(model), str(tmp_path), "--draw", str(tmp_path / "out")]) == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["2.png", "a-1.png", "b-1.png"]
    both = name_pictures([Path("1.png"), Path("1.jpg"), Path("x/1.png"), Path("x/1.png")])
    assert len(set(both.values())) == len(both) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runs/none", "a.png"], "error: runs/none: no such model file or folder"),
        (["MODEL"], "model.onnx: this is a model; images to read are needed after it"),
        (["MODEL", "a.png", "--min-confidence", "2"], "error: min_confidence: it must lie in 0 to 1, got 2.0"),
        (["MODEL", "a.png", "--jobs", "0"], "error: jobs: at least 1 is needed, got 0"),
        (["MODEL", "a.png", "--out", "x.doc"], "error: out: an ending of .csv, .jsonl, .txt, .tsv, or --format"),
    ],
)
def test_what_can_not_be_is_said(model: Path, arguments: list[str], message: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(model) if a == "MODEL" else a for a in arguments])
    assert end.value.code == 1
    assert message in capsys.readouterr().err


def test_the_packages_own_model_leads_on_whom_it_can_not_help(
    model: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcn_captcha.reading.reader.find_bundled", lambda: model)
    path = write_png(tmp_path / "a.png")
    assert main([str(path), "--length", "3"]) == 0
    out, errors = capsys.readouterr()
    assert len(out.split("\t")[1]) == 3
    assert errors.startswith("the package's own model is unsure of 1 of 1: it may not know this kind of image.")


def test_whoever_takes_the_lines_may_stop(model: Path, tmp_path: Path) -> None:
    for i in range(200):
        write_png(tmp_path / f"{i:0100d}.png", i)
    command = f"{sys.executable} -m fcn_captcha.read {model} {tmp_path} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
