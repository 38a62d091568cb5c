"""The command ``explain``: figure, lines and refusals."""

from pathlib import Path

import pytest
from conftest import write_png
from PIL import Image
from untrained import write_untrained

from fcn_captcha.explain import main


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained(tmp_path_factory.mktemp("model") / "model.keras", "7中")


def test_a_figure_and_a_line_for_each_character(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, out, curves = write_png(tmp_path / "a.png", size=(60, 30)), tmp_path / "why.png", tmp_path / "c.svg"
    flags = [str(model), str(image), "--length", "2", "--steps", "2", "--out", str(out), "--curves", str(curves)]
    assert main(flags) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == ["1", "2"]
    assert {line[1] for line in lines} <= {"7", "中"}
    assert [line[4] for line in lines] == ["2 steps", "2 steps"]
    with Image.open(out) as figure:
        assert figure.width > 1000
    assert "<svg" in curves.read_text()
    assert main([*flags, "--character", "2", "--allowed", "7"]) == 0
    assert capsys.readouterr().out.startswith("2\t7\tmap ")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["{image}"], "error: character: nothing was read in this image"),
        (["{image}", "--length", "2", "--character", "3"], "error: character: a place from 1 to 2 or a character of"),
        (["{image}", "--steps", "0"], "error: steps: it must be 1 or more, got 0"),
        (["{image}", "--length", "1", "--out", "{image}.xyz"], "error: Format 'xyz' is not supported"),
        (["none.png"], "error: none.png: no such file"),
    ],
)
def test_what_is_refused(
    flags: list[str], message: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = write_png(tmp_path / "a.png")
    with pytest.raises(SystemExit) as end:
        main(
            [
                str(model),
                *(flag.format(image=image) for flag in flags),
                *([] if "--steps" in flags else ["--steps", "1"]),
            ]
        )
    assert end.value.code == 1
    assert message in capsys.readouterr().err
