import json
from pathlib import Path

import pytest
from conftest import write_images
from recorder import record

from fcn_captcha import evaluate, read
from fcn_captcha.console.progress import Watch
from fcn_captcha.evaluation.result import DataCheck
from fcn_captcha.train import main as train_main
from fcn_captcha.training import memorising
from fcn_captcha.training.settings import Settings


def test_read_prints_path_string_and_confidence(
    run: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    single = next(images.glob("*.png"))
    write_images(tmp_path / "few", 3, seed=8)
    assert read.main([str(run), str(single), str(tmp_path / "few")]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == [str(single), *map(str, sorted((tmp_path / "few").glob("*.png")))]
    assert all(len(line) == 3 and 0 <= float(line[2]) <= 1 for line in lines)
    assert sum(line[1] == Path(line[0]).name.split("-")[0] for line in lines) >= 2


def test_read_goes_on_after_a_bad_file_and_says_so(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_images(tmp_path, 3, seed=8)
    (tmp_path / "a.png").write_bytes(b"")
    for name in ("empty", "shards"):
        (tmp_path / name).mkdir()
    (tmp_path / "shards" / "00000.tar").write_bytes(b"")
    given = [str(tmp_path / name) for name in (".", "empty", "shards", "none.png")]
    assert read.main([str(run), *given]) == 1
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3
    assert "a.png: the file is empty" in printed.err
    assert "empty: no image in it (looked for .png, " in printed.err
    assert "); shards (.tar) are what `train` learns from: unpack one to read its images" in printed.err
    assert "none.png: no such file" in printed.err


def test_read_with_a_length(run: Path, images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read.main([str(run), str(images), "--length", "4", "--allowed", "2345678"]) == 0
    texts = [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()]
    assert {len(t) for t in texts} == {4}
    assert set("".join(texts)) <= set("2345678")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none", "x.png"], "error: none: no such model file or folder"),
        (["{run}", "x.png", "--length", "5-4"], "error: length: the least must not exceed the most, got '5-4'"),
        (["{run}", "x.png", "--allowed", "2?"], "error: text '2?': character '?' is not in the alphabet"),
    ],
)
def test_what_read_refuses(run: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        read.main([a.format(run=run) for a in arguments])
    assert end.value.code == 1
    assert message in capsys.readouterr().err


def test_evaluate_in_words_and_as_json(run: Path, images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main([str(run), "--data", str(images)]) == 0
    printed = capsys.readouterr().out
    for word in ("exact match", "characters", "edit distance", "length 3", "<- the model's"):
        assert word in printed
    assert evaluate.main([str(run), "--data", str(images), "--json", "--length", "3-6"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["images"] == 150
    assert record["exact"] > 0.5
    assert {"exact_interval", "confusions", "by_character", "by_length", "threshold_curve"} <= set(record)
    test = ["--data", str(images), "--part", "test"]
    assert evaluate.main([str(run), *test, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] < 40
    assert evaluate.main([str(run), *test, "--shift"]) == 0
    assert "shifted  50.0 %" in capsys.readouterr().out


def test_evaluate_warns_of_images_that_were_trained_on(
    monkeypatch: pytest.MonkeyPatch, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(monkeypatch)
    flags = ["--data", str(images), "--out", str(tmp_path / "r"), "--epochs", "1", "--epoch-images", "16"]
    assert train_main(flags) == 0
    printed = capsys.readouterr().out
    for word in ("model", "report", "verdict", "test    exact match"):
        assert word in printed
    assert printed.splitlines()[-1].startswith("test ")
    evaluate.main([str(tmp_path / "r"), "--data", str(images)])
    said = capsys.readouterr().err
    assert "of 150 images are ones that this run was trained on" in said
    assert "--part test leaves those out" in said
    evaluate.main([str(tmp_path / "r"), "--data", str(images), "--part", "test"])
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--data", "none", "--out", "{tmp}/o"], "error: none: no such folder"),
        (["--data", "{tmp}", "--out", "{tmp}/o"], "no image in it"),
        (["--data", "x", "--generator-options", "a=1"], "error: generator_options: a generator is needed"),
        (["--overfit", "4"], "error: overfit: a folder of data to check is needed"),
        (
            ["--generator", "circles", "--out", "{tmp}/o"],
            "error: generator: one of image-captcha, coalesced",
        ),
        (
            ["--generator", "plain", "--out", "{tmp}/o", "--architecture", "vgg"],
            "error: architecture: one of dilated, residual, classic",
        ),
        (["--generator", "plain", "--out", "{tmp}/o", "--optimiser", "sgd"], "error: optimiser: one of muon, adamw"),
        (["--minutes", "2", "--images", "500"], "error: images: there can be one budget, got minutes and images"),
    ],
)
def test_what_train_refuses(flags: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        train_main([f.format(tmp=tmp_path) for f in flags])
    assert end.value.code == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o").exists(), "the corrected command must not meet a folder"


@pytest.mark.parametrize(
    ("failures", "status", "said"),
    [
        ((), 0, "memorised 4 of 4 images in 3 s\n"),
        (
            (("a.png", "ab", "b"),),
            1,
            "memorised 3 of 4 images in 3 s\ncould not learn a.png: the label is 'ab', it reads 'b'\n",
        ),
    ],
)
def test_overfit_says_what_could_not_be_learnt(
    failures: tuple[tuple[str, str, str], ...],
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def memorise(settings: Settings, count: int, watch: Watch) -> DataCheck:
        assert (settings.data, count) == ("d", 4)
        return DataCheck(4, 3.2, failures)

    monkeypatch.setattr(memorising, "memorise", memorise)
    assert train_main(["--data", "d", "--overfit", "4"]) == status
    assert capsys.readouterr().out == said
