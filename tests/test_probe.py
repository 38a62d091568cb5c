import json
from pathlib import Path

import pytest
from untrained import write_untrained

from fcn_captcha import probe


def test_an_architecture_needs_no_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "f.png"
    assert probe.main(["--architecture", "residual", "--draw", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "width   theory 70 px, impulse 70 px, sigma 9.1 px" in printed
    assert "first_convolution" in printed
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_model_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "m.keras"
    write_untrained(model)
    assert probe.main([str(model), "--json"]) == 0
    printed = capsys.readouterr()
    record = json.loads(printed.out)
    assert (record["width"]["theory_px"], record["height"]["support_px"]) == (70, 70)
    assert record["trained"] == {}
    assert "no images, so no trained field" in printed.err


def test_a_model_that_reads_nothing_still_shows_its_theory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "m.keras"
    write_untrained(model)
    assert probe.main([str(model), "--generator", "plain", "--characters", "5"]) == 0
    printed = capsys.readouterr()
    assert "theory 70 px" in printed.out
    assert "reads nothing in these images, so no trained field" in printed.err


def test_a_trained_model_by_drawn_images(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main([str(run), "--generator", "plain", "--characters", "60", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    trained = record["trained"]["all"]
    assert trained["characters"] == 60
    assert trained["share_inside"] > 0.9
    assert 5 < trained["width"]["sigma_px"] < 16
    assert len(record["verdict"]) == 2


def test_the_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main(["--experiment", "--depths", "2", "--images", "64", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)[0]
    assert (row["depth"], row["theory_px"], row["support_px"]) == (2, 12, 12)
    assert set(row["accuracies"]) == {"3.5", "4.5", "5.5", "6.5", "7.5", "8.5"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "error: model: one of a run's folder or model file, --architecture and --experiment is needed"),
        (["x", "--architecture", "classic"], "error: model: one of"),
        (["none"], "error: none: no such model file or folder"),
        (["--architecture", "vgg"], "error: architecture: one of dilated, residual, classic is needed, got 'vgg'"),
        (["--experiment", "--depths", "2;4"], "error: depths: whole numbers like 2,4,8 are needed, got '2;4'"),
    ],
)
def test_what_probe_refuses(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        probe.main(arguments)
    assert end.value.code == 1
    assert message in capsys.readouterr().err
