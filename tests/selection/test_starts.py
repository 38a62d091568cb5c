"""What a worker does for one start."""

import json
from pathlib import Path

import pytest
from results import make_epoch

from fcn_captcha.model.run_folder import Run
from fcn_captcha.selection import starts
from fcn_captcha.selection.starts import advance, read_standing
from fcn_captcha.training.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "starts").mkdir()
    return Settings(generator="plain", out=str(tmp_path / "starts" / "00"), epochs=3)


def test_a_standing_is_what_the_history_tells_up_to_the_rung(settings: Settings) -> None:
    assert read_standing(0, settings, 3).history == ()
    epochs = (make_epoch(1, 0.25), make_epoch(2, None), make_epoch(3, 0.7))
    run = Run(Path(settings.out))
    run.path.mkdir()
    run.write_history(epochs)
    assert read_standing(0, settings, 2).history == epochs[:2]
    assert read_standing(0, settings, 9).history == epochs


def test_a_start_whose_worker_died_three_times_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class DeathError(BaseException):
        pass

    def die(settings: Settings, epochs: int) -> str:
        raise DeathError

    monkeypatch.setattr(starts, "_train", die)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # a process that dies clears nothing away
    for _ in range(3):
        with pytest.raises(DeathError):
            advance(0, settings, 3, "now")
    assert advance(0, settings, 3, "now").failure == "its worker died 3 times"
    with pytest.raises(DeathError):  # those of another run of select don't count
        advance(0, settings, 3, "later")
    assert json.loads((Path(settings.out) / "deaths.json").read_text()) == {"session": "later", "deaths": 1}


def test_a_start_that_ends_by_itself_leaves_no_death(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "_train", lambda settings, epochs: "training diverged")
    assert advance(0, settings, 3, "now").failure == "training diverged"
    assert list(Path(settings.out).iterdir()) == []


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    settings = Settings(generator="plain", out=str(tmp_path / "none" / "starts" / "00"), epochs=3)
    with pytest.raises(FileNotFoundError, match=r"starts: not seen by the worker on .*; all must share --out"):
        advance(0, settings, 3, "now")
    assert not (tmp_path / "none").exists()


def test_a_start_that_another_process_trains_is_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from fcn_captcha.training import job

    tries: list[int] = []

    def train(settings: Settings, epochs: int) -> None:
        tries.append(epochs)
        if len(tries) < 3:
            raise FileExistsError("another training is going on there")

    monkeypatch.setattr(job, "advance", train)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    assert advance(0, settings, 3, "now").failure == ""
    assert tries == [3, 3, 3]
