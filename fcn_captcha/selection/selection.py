"""Many starts for a few epochs, the best of them for more, the best of all tested. Where it stands is in its folder."""

import json
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fcn_captcha.console.progress import Watch
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import write_json
from fcn_captcha.data.lock import hold
from fcn_captcha.evaluation.metrics import Measures
from fcn_captcha.model.run_folder import Run
from fcn_captcha.selection.following import follow
from fcn_captcha.selection.page import write_page, write_table
from fcn_captcha.selection.rungs import Rung, Standing, rank
from fcn_captcha.selection.starts import advance, finish, read_standing
from fcn_captcha.selection.workers import WorkerDiedError, Workers
from fcn_captcha.training.settings import Settings

RECORD_NAME, STARTS_NAME = "selection.json", "starts"
_MOST_DEATHS = 3  # times a start, and as many more, that workers may die
_TOGETHER = 2  # times that workers may die until starts are trained one by one, to see which one it is


@dataclass(frozen=True)
class Plan:
    """How many starts, how far, and where.

    Attributes:
        rungs: the first has the most starts.
        backend, address: as of :class:`~fcn_captcha.selection.workers.Workers`.
        workers: starts that are trained at a time; as many as this machine's cores where None.
        threads: of each start; where None, this machine's cores shared among the starts of a rung, 1 on a cluster.
    """

    rungs: tuple[Rung, ...]
    backend: str = "local"
    address: str | None = None
    workers: int | None = None
    threads: int | None = None

    def find_workers(self, starts: int) -> Workers:
        """For a rung of so many starts. Raises ``ValueError`` for what can't be."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        count = min(cores if self.workers is None else self.workers, starts)
        shared = max(1, cores // max(1, count)) if self.backend == "local" else 1
        return Workers(self.backend, count, shared if self.threads is None else self.threads, self.address)


@dataclass(frozen=True)
class Selection:
    """What came of it.

    Attributes:
        out: the folder, a run's folder of the chosen start.
        standings: of all starts, the best first, each as far as it was trained.
        measures: of the chosen start on the test part, on which nothing was chosen.
        verdict: what they mean, in sentences.
    """

    out: Path
    standings: tuple[Standing, ...]
    measures: Measures
    verdict: tuple[str, ...]

    @property
    def chosen(self) -> Standing:
        return self.standings[0]


class _Selecting:
    """A selection while it goes on."""

    def __init__(self, plan: Plan, settings: Settings, watch: Watch) -> None:
        self._plan, self._watch = plan, watch
        self._out = Run(Path(settings.out).resolve())
        self._epochs = plan.rungs[-1].epochs
        # On a cluster the worker's own folder is another.
        data = None if settings.data is None else str(Path(settings.data).resolve())
        self._settings = replace(settings, data=data, overwrite=False)
        self._session = uuid.uuid4().hex
        self._standings = [Standing(number) for number in range(plan.rungs[0].starts)]

    def run(self) -> Selection:
        for rung in self._plan.rungs:
            going = [s.number for s in rank(self._standings) if not s.failure][: rung.starts]
            self._climb(rung, going)
            best = rank([self._standings[number] for number in going])
            if best[0].failure:
                raise ValueError(f"no start came to epoch {rung.epochs}; the first: {best[0].failure}")
            ranked = rank(self._standings)
            write_table(self._out.path, ranked, self._settings.seed)
            write_page(self._out.path, ranked, self._plan.rungs)
            self._watch.say(_describe_rung(rung, best))
        chosen = best[0]
        tasks = [(self._make_settings(chosen.number), str(self._out.path))]
        [(measures, verdict)] = self._plan.find_workers(1).run(finish, tasks)
        order = [chosen, *(s for s in ranked if s.number != chosen.number)]
        return Selection(self._out.path, tuple(order), measures, verdict)

    def _climb(self, rung: Rung, going: Sequence[int]) -> None:
        """Trains these starts up to the rung's end, whatever becomes of their workers."""
        deaths = 0
        while waiting := self._find_waiting(rung, going):
            workers = self._plan.find_workers(len(waiting))
            threads = self._plan.find_workers(len(going)).threads  # as if none had come there before
            workers = replace(workers, threads=threads, count=1 if deaths >= _TOGETHER else workers.count)
            tasks = [(n, self._make_settings(n), rung.epochs, self._session) for n in waiting]
            try:
                with follow(self._watch, lambda: self._measure_progress(rung, going)):
                    for standing in workers.run(advance, tasks):
                        self._standings[standing.number] = standing
                        self._watch.say(_describe_start(standing))
            except WorkerDiedError as error:
                deaths += 1
                if deaths > _MOST_DEATHS * (1 + len(going)):  # more than starts that are given up for it explain
                    raise
                self._watch.say(f"warning: a worker died; what it did since its last epoch is done again ({error})")

    def _find_waiting(self, rung: Rung, going: Sequence[int]) -> list[int]:
        """The starts that are not there yet; of the others the standings are read."""
        waiting = []
        for number in going:
            if not self._standings[number].failure:
                self._standings[number] = read_standing(number, self._make_settings(number), rung.epochs)
                if len(self._standings[number].history) < rung.epochs:
                    waiting.append(number)
        return waiting

    def _measure_progress(self, rung: Rung, going: Sequence[int]) -> tuple[float, str]:
        """The share of the rung's epochs that are done, and in words."""
        index = self._plan.rungs.index(rung)
        before = self._plan.rungs[index - 1].epochs if index else 0
        standings = [read_standing(n, self._make_settings(n), rung.epochs) for n in going]
        done = sum(max(0, len(s.history) - before) for s in standings)
        total = len(going) * (rung.epochs - before)
        best = max(s.exact for s in standings)
        line = f"rung {index + 1} of {len(self._plan.rungs)}  {done:,} of {total:,} epochs  best {100 * best:.1f} %"
        return done / total, line

    def _make_settings(self, number: int) -> Settings:
        out = self._out.path / STARTS_NAME / f"{number:02d}"
        return replace(self._settings, out=str(out), seed=self._settings.seed + number, epochs=self._epochs)


def select(plan: Plan, settings: Settings, watch: Watch | None = None, resume: bool = False) -> Selection:
    """Trains many starts, each with weights, order and augmentation of its own seed, and tests the best.

    A start that passes all rungs ends, on a CPU and with as many threads in all of them, with the weights of one
    training of as many epochs: weights, optimiser, schedule, random state and found centres are carried along.

    Args:
        plan: how many starts, how far, and where.
        settings: of each training, but for its seed, which is that of ``settings`` plus the start's number.
        watch: what to tell how it goes; a quiet one where None.
        resume: goes on with the selection in ``settings.out``, which was begun with these settings and rungs.

    Raises ``ValueError`` for settings or data that can't be trained on, or a selection to go on with that is not
    there or another; ``FileExistsError`` where ``settings.out`` exists or another process selects there.
    """
    watch = watch or Watch(quiet=True)
    _check(plan, settings)
    run, record = Run(Path(settings.out)), _make_record(plan, settings)
    if not resume:
        run.check_free(settings.overwrite)
    with hold(run.lock, "another selection is going on there"):
        if resume:
            _check_same(run, record)
        else:
            run.check_free(settings.overwrite)  # nobody else began there meanwhile
            _clear(run)
            write_json(run.path / RECORD_NAME, record)
        (run.path / STARTS_NAME).mkdir(exist_ok=True)
        watch.say(_describe_plan(plan))
        try:
            return _Selecting(plan, settings, watch).run()
        except (ValueError, OSError):
            if not list(
                run.path.glob(f"{STARTS_NAME}/*/settings.json")
            ):  # none was begun: as if nothing had been asked
                _clear(run)
                (run.path / RECORD_NAME).unlink()
            raise


def read_record(out: Path | str) -> dict[str, Any]:
    """The rungs and settings of the selection in a folder.

    Raises ``ValueError`` where none was begun there, :class:`~fcn_captcha.data.errors.DataError` where it is damaged.
    """
    path = Path(out) / RECORD_NAME
    if not path.exists():
        raise ValueError(f"{out}: no selection was begun there; leave out --resume to begin one")
    try:
        record = dict(json.loads(path.read_text(encoding="utf-8")))
        record["starts"], record["settings"] = list(record["starts"]), dict(record["settings"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not the record of a selection ({type(error).__name__}: {error})") from None
    return record


def _check(plan: Plan, settings: Settings) -> None:
    """Raises ``ValueError`` for what a selection can't have, before anything is begun."""
    if settings.budget:
        raise ValueError(f"{settings.budget[0]}: the rungs of --starts are the budget of a selection")
    plan.find_workers(plan.rungs[0].starts)


def _make_record(plan: Plan, settings: Settings) -> dict[str, Any]:
    epochs = [rung.epochs for rung in plan.rungs]
    added = [now - before for before, now in zip([0, *epochs], epochs, strict=False)]
    starts = [f"{rung.starts}:{more}" for rung, more in zip(plan.rungs, added, strict=True)]
    return {"starts": starts, "settings": settings.as_dict()}


def _check_same(run: Run, record: dict[str, Any]) -> None:
    """Raises ``ValueError`` where the folder's selection is finished, or another than ``record`` tells."""
    begun = read_record(run.path)
    if run.measures.exists():
        raise ValueError(f"{run.path}: this selection is finished, nothing is left to do")
    if begun["starts"] != record["starts"]:
        raise ValueError(f"starts: a selection that goes on keeps its {begun['starts']}, got {record['starts']}")
    free = ("data", "out", "overwrite")
    for name, value in record["settings"].items():
        if name not in free and begun["settings"].get(name) != value:
            was = begun["settings"].get(name)
            shown = "not given" if was is None else repr(was)
            raise ValueError(f"{name}: it must stay as it was, {shown}, for a selection that goes on, got {value!r}")


def _clear(run: Run) -> None:
    """Takes away what an earlier selection left that would be taken for this one's."""
    run.measures.unlink(missing_ok=True)
    if (run.path / STARTS_NAME).exists():
        shutil.rmtree(run.path / STARTS_NAME)


def _describe_plan(plan: Plan) -> str:
    steps = [f"{rung.starts} for {rung.epochs:,} epochs" for rung in plan.rungs]
    count = plan.find_workers(plan.rungs[0].starts).count
    return f"starts: {', then '.join(steps)}; {count} at a time on {plan.backend} workers"


def _describe_start(standing: Standing) -> str:
    if standing.failure:
        return f"start {standing.number}: given up, {standing.failure}"
    return (
        f"start {standing.number}: exact match {100 * standing.exact:.1f} %, "
        f"characters {100 * standing.characters:.1f} %, after {len(standing.history):,} epochs"
    )


def _describe_rung(rung: Rung, best: Sequence[Standing]) -> str:
    head = f"after {rung.epochs:,} epochs"
    shown = f"start {best[0].number}: exact match {100 * best[0].exact:.1f} % of the validation part"
    if len(best) == 1:
        return f"{head} {shown}"
    middle, last = best[len(best) // 2], best[-1]
    return f"{head} the best of {len(best)} is {shown}, median {100 * middle.exact:.1f}, worst {100 * last.exact:.1f} %"
