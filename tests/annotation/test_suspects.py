import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import write_png
from fixed_readers import make_fixed_reader
from folders import fill

from annotation import suspects
from annotation.judgement import judge
from annotation.suspects import find_suspects, find_suspects_by_runs, main
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import read_folder
from fcn_captcha.data.splits import Parts, write_parts

READER = make_fixed_reader(
    "abcd", [("a", 9.5, 13.5, 0.9), ("b", 29.5, 13.5, 0.9), ("c", 49.5, 13.5, 0.95), ("d", 49.5, 13.5, 0.3)]
)
COUNT = 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images that all say abc; the labels of two are wrong, that of one is nearly right."""
    folder = tmp_path / "images"
    folder.mkdir()
    texts = {7: "bbd", 20: "bac", 21: "abd"}
    for i in range(COUNT):
        write_png(folder / f"{texts.get(i, 'abc')}-{i}.png", 60 + 5 * i, (64, 28))
    return folder


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """In place of trainings: what each was called with, and the parts that it would have met."""
    calls: list[dict[str, Any]] = []

    def train(watch: object = None, **names: Any) -> SimpleNamespace:
        parts: dict[str | None, set[str]] = {}
        for sample in read_folder(names["data"]).samples:
            parts.setdefault(sample.part, set()).add(sample.content)
        calls.append({**names, "parts": parts})
        assert sum(map(len, parts.values())) == COUNT
        return SimpleNamespace(reader=READER, interrupted=False)

    monkeypatch.setattr("fcn_captcha.train", train)
    monkeypatch.setattr(suspects, "load_keras", lambda: None)
    return calls


def test_wrong_labels_come_first_with_what_is_read(
    folder: Path, tmp_path: Path, trainings: list[dict[str, Any]]
) -> None:
    found = find_suspects(folder, tmp_path / "work")
    assert len(found) == COUNT
    assert [(s.stated, s.read) for s in found[:3]] == [("bbd", "abc"), ("bac", "abc"), ("abd", "abc")]
    assert all(s.doubt > 0.9 for s in found[:3])
    assert all(s.doubt < 0.4 for s in found[3:])
    assert found[1].path == folder / "bac-20.png"
    assert found[1].name == "bac-20.png"


def test_each_image_is_judged_by_a_model_that_never_saw_it(
    folder: Path, tmp_path: Path, trainings: list[dict[str, Any]]
) -> None:
    find_suspects(folder, tmp_path / "work", folds=4, images=123, seed=5)
    assert [(call["images"], call["seed"]) for call in trainings] == [(123, 5)] * 4
    held_out = [call["parts"]["test"] for call in trainings]
    assert sum(map(len, held_out)) == len(set().union(*held_out)) == COUNT
    for call in trainings:
        parts = call["parts"]
        assert not parts["test"] & (parts["training"] | parts["validation"])
        assert not parts["training"] & parts["validation"]
        assert sum(map(len, parts.values())) == COUNT
        assert not Path(call["data"]).exists()


def test_a_search_that_was_killed_goes_on(
    folder: Path, tmp_path: Path, trainings: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    whole = find_suspects(folder, tmp_path / "other")
    trainings.clear()

    def die(reader: Any, image: Any, text: str) -> Any:
        if len(trainings) == 2:
            raise MemoryError
        return judge(reader, image, text)

    monkeypatch.setattr(suspects, "judge", die)
    with pytest.raises(MemoryError):
        find_suspects(folder, work)
    monkeypatch.setattr(suspects, "judge", judge)
    fill(work / "data-1", "train/000000.png", "train/left.png")  # killed in the midst of a training
    assert find_suspects(folder, work) == whole
    assert len(trainings) == 2 + 2  # the first fold's result stayed
    assert find_suspects(folder, work) == whole
    assert len(trainings) == 4


@pytest.mark.parametrize("change", ["label", "setting", "damage"])
def test_what_is_kept_is_of_these_images_labels_and_settings(
    folder: Path, tmp_path: Path, trainings: list[dict[str, Any]], change: str
) -> None:
    work = tmp_path / "work"
    find_suspects(folder, work)
    if change == "label":
        (folder / "abd-21.png").rename(folder / "abc-21.png")
    if change == "damage":
        kept = work / "fold-1.json"
        kept.write_text(kept.read_text()[:-20])
    found = find_suspects(folder, work, images=5 if change == "setting" else suspects.IMAGES)
    assert len(trainings) == (4 if change == "damage" else 6)
    assert found[2].doubt > 0.5 or change == "label"


def test_an_interrupted_training_is_no_result(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fcn_captcha.train", lambda **names: SimpleNamespace(reader=READER, interrupted=True))
    with pytest.raises(KeyboardInterrupt):
        find_suspects(folder, tmp_path / "work")
    assert not list((tmp_path / "work").glob("fold-*"))


def test_bad_arguments_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="folds: it must lie in 2 to 10, got 1"):
        find_suspects(folder, tmp_path / "work", folds=1)
    for path in list(folder.iterdir())[:5]:
        path.unlink()
    with pytest.raises(DataError, match="at least 30 labelled images are needed, got 27"):
        find_suspects(folder, tmp_path / "work")


def write_run(path: Path, samples: tuple[Any, ...]) -> Path:
    path.mkdir()
    (path / "settings.json").write_text(json.dumps({"data": "elsewhere"}))
    write_parts(path / "parts.csv", Parts(samples, (), ()))
    return path


def test_runs_judge_what_they_did_not_learn_from(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = read_folder(folder).samples
    runs = [write_run(tmp_path / "one", samples[:20]), write_run(tmp_path / "two", samples[10:])]
    loaded: list[Path] = []

    def load(path: Path) -> Any:
        loaded.append(path)
        return READER

    monkeypatch.setattr("annotation.suspects.Reader.load", load)
    found = find_suspects_by_runs(folder, runs)
    assert {s.name for s in found} == {s.name for s in (*samples[:10], *samples[20:])}  # 10 to 19 both knew
    assert loaded == runs
    (runs[0] / "parts.csv").unlink()
    with pytest.raises(DataError, match="does not say which images"):
        find_suspects_by_runs(folder, runs)


def test_the_command_prints_the_doubted_and_writes_all(
    folder: Path, tmp_path: Path, trainings: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "suspects.csv"
    assert main([str(folder), "--work", str(tmp_path / "work"), "--out", str(out)]) == 0
    printed = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] for line in printed] == [
        ["bbd-7.png", "bbd", "abc"],
        ["bac-20.png", "bac", "abc"],
        ["abd-21.png", "abd", "abc"],
    ]
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == COUNT
    assert rows[0]["file_name"] == "bbd-7.png"
    assert float(rows[0]["doubt"]) > 0.9


def test_the_command_names_what_is_wrong(
    tmp_path: Path, trainings: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "nowhere")])
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize(("done", "stated"), [(True, "abc"), (False, "abd")])
def test_what_a_person_accepted_counts(
    folder: Path, tmp_path: Path, trainings: list[dict[str, Any]], done: bool, stated: str
) -> None:
    points = [{"label": c, "points": [[10 + 20 * i, 14]], "shape_type": "point"} for i, c in enumerate("abc")]
    record = {"shapes": points, "text": "abc", "flags": {"done": done}, "imagePath": "abd-21.png"}
    (folder / "abd-21.json").write_text(json.dumps(record))
    found = {s.name: s for s in find_suspects(folder, tmp_path / "work")}["abd-21.png"]
    assert found.stated == stated
    assert (found.doubt < 0.5) == done


def test_without_a_work_folder_the_command_keeps_results_under_the_folder_s_name(
    folder: Path, tmp_path: Path, trainings: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(folder)]) == 0
    assert len(list((tmp_path / "runs" / "suspects-images").glob("fold-*.json"))) == 3
