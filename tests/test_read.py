"""The command ``read``: which lines it prints."""

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
