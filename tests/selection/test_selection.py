"""Which starts go on, and what happens where one can't: no network is trained here."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from recorder import Notebook
from results import make_epoch

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.lock import hold
from fcn_captcha.evaluation.metrics import measure
from fcn_captcha.model.run_folder import Run
from fcn_captcha.selection.rungs import Rung, Standing
from fcn_captcha.selection.selection import Plan, read_record, select
from fcn_captcha.selection.starts import finish
from fcn_captcha.selection.workers import WorkerDiedError, Workers
from fcn_captcha.training.settings import Settings

THREE = (Rung(4, 2), Rung(2, 4), Rung(1, 7))


class Trainings:
    """Stands in for the workers: each start reads so well as ``exact`` says, and what was asked for is kept."""

    def __init__(self, exact: Sequence[float]) -> None:
        self.exact = exact
        self.asked: list[tuple[int, int]] = []  # number and epochs
        self.counts: list[int] = []  # of workers
        self.finished: list[Settings] = []
        self.failures: dict[int, str] = {}
        self.deaths = 0

    def run(self, workers: Workers, task: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        if task is finish:
            [(settings, into)] = tasks
            self.finished.append(settings)
            (Path(into) / "measures.json").write_text("{}")
            yield measure(["ab"], ["ab"]), ("Good.",)
            return
        self.counts.append(workers.count)
        for number, settings, epochs, _ in tasks:
            if self.deaths:
                self.deaths -= 1
                raise WorkerDiedError("killed")
            self.asked.append((number, epochs))
            history = [make_epoch(i + 1, 2 * self.exact[number]) for i in range(epochs)]
            folder = Path(settings.out)
            folder.mkdir(exist_ok=True)
            Run(folder).write_history(history)
            yield Standing(number, tuple(history), self.failures.get(number, ""))


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Trainings]:
    def make(*exact: float) -> Trainings:
        trainings = Trainings(exact)
        monkeypatch.setattr(Workers, "run", lambda workers, task, tasks: trainings.run(workers, task, tasks))
        return trainings

    return make


def settings(out: Path, **names: Any) -> Settings:
    return Settings(generator="plain", out=str(out), seed=10, **names)


def test_the_best_of_each_rung_go_on_with_a_seed_each_and_the_whole_schedule(
    make: Callable[..., Trainings], tmp_path: Path
) -> None:
    trainings, watch = make(0.1, 0.4, 0.2, 0.3), Notebook()
    found = select(Plan(THREE, workers=3), settings(tmp_path / "a"), watch)
    assert trainings.asked == [(0, 2), (1, 2), (2, 2), (3, 2), (1, 4), (3, 4), (1, 7)]
    assert trainings.counts == [3, 2, 1]
    assert [s.number for s in found.standings] == [1, 3, 2, 0]
    assert found.chosen.exact == 0.4
    assert found.measures.exact.value == 1
    [last] = trainings.finished
    assert (last.seed, last.epochs, last.out) == (11, 7, str(tmp_path / "a" / "starts" / "01"))
    assert (
        watch.lines[0]
        == "starts: 4 for 2 epochs, then 2 for 4 epochs, then 1 for 7 epochs; 3 at a time on local workers"
    )
    assert watch.lines[-1] == "after 7 epochs start 1: exact match 40.0 % of the validation part"
    assert (
        "after 2 epochs the best of 4 is start 1: exact match 40.0 % of the validation part, median 20.0, worst 10.0 %"
        in watch.lines
    )
    rows = list(csv.DictReader((tmp_path / "a" / "starts.csv").read_text().splitlines()))
    assert [(r["start"], r["seed"], r["epochs"], r["exact"]) for r in rows] == [
        ("1", "11", "7", "0.4"),
        ("3", "13", "4", "0.3"),
        ("2", "12", "2", "0.2"),
        ("0", "10", "2", "0.1"),
    ]
    page = (tmp_path / "a" / "starts.html").read_text()
    assert "<svg" in page
    assert "<h1>a: 4 starts</h1>" in page


def test_a_selection_goes_on_with_what_is_not_there_yet(make: Callable[..., Trainings], tmp_path: Path) -> None:
    trainings = make(0.1, 0.4, 0.2, 0.3)
    real_run, calls = trainings.run, list[int]()

    def stop(workers: Workers, task: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        for result in real_run(workers, task, tasks):
            calls.append(1)
            if len(calls) == 6:
                raise KeyboardInterrupt
            yield result

    trainings.run = stop  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        select(Plan(THREE), settings(tmp_path / "a"))
    trainings.asked.clear()
    found = select(Plan(THREE, workers=1), settings(tmp_path / "a"), resume=True)
    assert trainings.asked == [(1, 7)]
    assert found.chosen.number == 1
    with pytest.raises(ValueError, match="this selection is finished, nothing is left to do"):
        select(Plan(THREE), settings(tmp_path / "a"), resume=True)


def test_a_start_that_fails_goes_no_further_and_another_takes_its_place(
    make: Callable[..., Trainings], tmp_path: Path
) -> None:
    trainings, watch = make(0.1, 0.4, 0.2, 0.3), Notebook()
    trainings.failures = {1: "training diverged"}
    found = select(Plan(THREE), settings(tmp_path / "a"), watch)
    assert [s.number for s in found.standings] == [3, 2, 0, 1]
    assert "start 1: given up, training diverged" in watch.lines
    assert "training diverged" in (tmp_path / "a" / "starts.html").read_text()


def test_one_left_behind_does_not_come_back_before_those_that_went_on(
    make: Callable[..., Trainings], tmp_path: Path
) -> None:
    trainings = make(0.5, 0.4, 0.3)
    run = trainings.run

    def worsen(workers: Workers, task: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        yield from run(workers, task, tasks)
        trainings.exact = (0.1, 0.2, 0.3)  # in the next rung those that went on read less than the one left behind did

    trainings.run = worsen  # type: ignore[method-assign]
    found = select(Plan((Rung(3, 1), Rung(2, 2), Rung(1, 3))), settings(tmp_path / "a"))
    assert trainings.asked[3:] == [(0, 2), (1, 2), (1, 3)]
    assert [s.number for s in found.standings] == [1, 0, 2]


def test_where_all_fail_the_reason_is_told(make: Callable[..., Trainings], tmp_path: Path) -> None:
    trainings = make(0.1, 0.4)
    trainings.failures = {0: "training diverged", 1: "training diverged"}
    with pytest.raises(ValueError, match="no start came to epoch 3; the first: training diverged"):
        select(Plan((Rung(2, 3),)), settings(tmp_path / "a"))


def test_after_two_deaths_starts_are_trained_one_by_one(make: Callable[..., Trainings], tmp_path: Path) -> None:
    trainings, watch = make(0.1, 0.4), Notebook()
    trainings.deaths = 3
    select(Plan((Rung(2, 3),), workers=2), settings(tmp_path / "a"), watch)
    assert trainings.counts == [2, 2, 1, 1]
    assert sum("a worker died" in line for line in watch.lines) == 3


def test_workers_that_always_die_end_the_selection(make: Callable[..., Trainings], tmp_path: Path) -> None:
    trainings = make(0.1, 0.4)
    trainings.deaths = 1000
    with pytest.raises(WorkerDiedError, match="killed"):
        select(Plan((Rung(2, 3),)), settings(tmp_path / "a"))
    assert 1000 - trainings.deaths == 10


def test_cores_are_shared_among_the_starts_unless_threads_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    plan = Plan((Rung(20, 1),))
    assert [(w.count, w.threads) for w in map(plan.find_workers, (20, 3, 1))] == [(8, 1), (3, 2), (1, 8)]
    fixed = Plan((Rung(20, 1),), workers=4, threads=2)
    assert [(w.count, w.threads) for w in map(fixed.find_workers, (20, 3, 1))] == [(4, 2), (3, 2), (1, 2)]
    assert Plan((Rung(20, 1),), backend="dask", workers=4).find_workers(1).threads == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": 100}, "images: the rungs of --starts are the budget of a selection"),
        ({"minutes": 1.0}, "minutes: the rungs of --starts are the budget of a selection"),
    ],
)
def test_a_budget_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        select(Plan(THREE), settings(tmp_path / "a", **change))
    assert not (tmp_path / "a").exists()


def test_what_is_there_stays_unless_it_is_to_be_replaced(make: Callable[..., Trainings], tmp_path: Path) -> None:
    make(0.1, 0.4)
    plan = Plan((Rung(2, 3),))
    select(plan, settings(tmp_path / "a"))
    with pytest.raises(FileExistsError, match="exists; choose another --out, or --overwrite to replace it"):
        select(plan, settings(tmp_path / "a"))
    trainings = make(0.4, 0.1)
    assert select(plan, settings(tmp_path / "a", overwrite=True)).chosen.number == 0
    assert len(trainings.asked) == 2


def test_two_selections_on_one_folder_are_told(make: Callable[..., Trainings], tmp_path: Path) -> None:
    make(0.1)
    with (
        hold(tmp_path / "a" / ".lock", "a test"),
        pytest.raises(FileExistsError, match="another selection is going on there, by process"),
    ):
        select(Plan((Rung(1, 1),)), settings(tmp_path / "a"))


def test_another_selection_is_not_gone_on_with(make: Callable[..., Trainings], tmp_path: Path) -> None:
    make(0.1)
    select(Plan((Rung(1, 2),)), settings(tmp_path / "a"))
    (tmp_path / "a" / "measures.json").unlink()
    message = "starts: a selection that goes on keeps its ['1:2'], got ['1:3']"
    with pytest.raises(ValueError, match=re.escape(message)):
        select(Plan((Rung(1, 3),)), settings(tmp_path / "a"), resume=True)
    with pytest.raises(
        ValueError, match="batch_size: it must stay as it was, not given, for a selection that goes on, got 8"
    ):
        select(Plan((Rung(1, 2),)), settings(tmp_path / "a", batch_size=8), resume=True)
    with pytest.raises(ValueError, match="no selection was begun there; leave out --resume to begin one"):
        read_record(tmp_path / "b")
    (tmp_path / "a" / "selection.json").write_text(json.dumps({"starts": 3}))
    with pytest.raises(DataError, match="not the record of a selection"):
        read_record(tmp_path / "a")


def test_where_nothing_could_be_begun_nothing_is_left(make: Callable[..., Trainings], tmp_path: Path) -> None:
    trainings = make(0.1)

    def refuse(workers: Workers, task: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        raise DataError("data: no image with a label")
        yield

    trainings.run = refuse  # type: ignore[method-assign]
    with pytest.raises(DataError):
        select(Plan(THREE), settings(tmp_path / "a"))
    assert list((tmp_path / "a").iterdir()) == []
