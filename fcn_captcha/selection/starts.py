"""What a worker does for one start: train it up to a rung's end, or test it. Its run's folder is all it leaves."""

import csv
import json
import logging
import platform
import time
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from fcn_captcha.data.files import write_json
from fcn_captcha.evaluation.metrics import Measures
from fcn_captcha.evaluation.result import Epoch
from fcn_captcha.model.run_folder import Run
from fcn_captcha.selection.rungs import Standing
from fcn_captcha.training.settings import Settings

_MOST_DEATHS = 3  # of workers, in one rung of a start, until it is given up
_DEATHS_NAME = "deaths.json"
_PATIENCE = 10  # times that a start is asked for, a second apart, while another process trains it


def advance(number: int, settings: Settings, epochs: int, session: str) -> Standing:
    """Trains a start until so many epochs are whole, from where it stands. Raises as a training does.

    Args:
        number: of the start.
        settings: of its whole training.
        epochs: from the first on.
        session: names the run of ``select`` that asks; a worker that died for another one doesn't count.
    """
    folder = Path(settings.out)
    deaths = _count_deaths(folder, session)
    if deaths >= _MOST_DEATHS:
        return replace(read_standing(number, settings, epochs), failure=f"its worker died {deaths} times")
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"{folder.parent}: not seen by the worker on {platform.node()}; all must share --out")
    folder.mkdir(exist_ok=True)
    # Taken away at the end, so that the next who tries finds it only if this process died.
    write_json(folder / _DEATHS_NAME, {"session": session, "deaths": deaths + 1})
    try:
        failure = _train(settings, epochs)
    finally:
        (folder / _DEATHS_NAME).unlink(missing_ok=True)
    return replace(read_standing(number, settings, epochs), failure=failure)


def finish(settings: Settings, into: str) -> tuple[Measures, tuple[str, ...]]:
    """Tests the best network of a start and writes all about it to the folder ``into``.

    Returns its measures on the test part and what they mean, in sentences.
    """
    _load_keras()
    from fcn_captcha.training import job

    result = job.finish(settings, into)
    return result.measures, tuple(result.verdict)


def read_standing(number: int, settings: Settings, epochs: int) -> Standing:
    """How a start stood at the end of so many epochs, or stands, where it had fewer."""
    path = Run(Path(settings.out)).history
    history: tuple[Epoch, ...] = ()
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            history = tuple(_parse_epoch(row) for row in csv.DictReader(file))
    return Standing(number, history[:epochs])


def _train(settings: Settings, epochs: int) -> str:
    """Returns why the start can't go on, if so."""
    _load_keras()
    from fcn_captcha.training import job
    from fcn_captcha.training.progress import DivergedError

    for waited in range(_PATIENCE):
        try:
            job.advance(settings, epochs)
            break
        except DivergedError as error:
            return str(error)
        except FileExistsError:  # held by a worker of a selection that was killed just now: it ends by itself
            if waited == _PATIENCE - 1:
                raise
            time.sleep(1)
    return ""


def _load_keras() -> None:
    """As a command does. TensorFlow warns of the many graphs that the trainings of one process make: they must be."""
    from fcn_captcha.model.backend import load_keras

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    load_keras()


def _count_deaths(folder: Path, session: str) -> int:
    with suppress(OSError, ValueError, KeyError, TypeError):
        record = json.loads((folder / _DEATHS_NAME).read_text(encoding="utf-8"))
        if record["session"] == session:
            return int(record["deaths"])
    return 0


def _parse_epoch(row: dict[str, str]) -> Epoch:
    whole = ("epoch", "images")
    values: dict[str, Any] = {f.name: float(row[f.name]) if row[f.name] else None for f in fields(Epoch)}
    return Epoch(**{**values, **{name: int(row[name]) for name in whole}})
