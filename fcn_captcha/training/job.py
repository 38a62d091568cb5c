"""One training, from a folder or a generator to a tested reader."""

import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

import fcn_captcha
from fcn_captcha.console.progress import Watch
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.lock import hold
from fcn_captcha.evaluation.result import Epoch, Result
from fcn_captcha.model.architectures import find_architecture
from fcn_captcha.model.run_folder import Run
from fcn_captcha.training.checkpoint import read_checkpoint
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.finishing import finish_training
from fcn_captcha.training.keeping import make_keep
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.opening import find_causes, say_dataset
from fcn_captcha.training.settings import Settings, resume_settings

_GOING_ON = "another training is going on there"

Callbacks = Sequence[keras.callbacks.Callback]


def train(settings: Settings, watch: Watch | None = None, callbacks: Callbacks = ()) -> Result:
    """Trains a reader and tests it.

    Args:
        settings: what to learn from, and how.
        watch: what to tell how it goes; a quiet one where None.
        callbacks: called as by Keras's ``fit``, see :func:`fcn_captcha.train.train`.

    Returns the result; the folder ``settings.out`` then holds what :class:`~fcn_captcha.model.run_folder.Run` names.

    Raises ``ValueError`` (of which :class:`~fcn_captcha.data.errors.DataError` is one) for settings or
    data that can't be trained on, ``FileExistsError`` where ``out`` exists. Nothing is written before then.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(settings.out))
    run.check_free(settings.overwrite)
    loop, causes = _prepare(settings, watch, callbacks)
    with hold(run.lock, _GOING_ON):
        run.check_free(settings.overwrite)  # nobody else began there meanwhile
        _begin(loop, run)
        return finish_training(loop, run, _train(loop, run, watch), causes, watch)


def resume(given: dict[str, Any], watch: Watch | None = None, callbacks: Callbacks = ()) -> Result:
    """Goes on with a training that was killed, crashed or stopped, from the end of its last whole epoch.

    On a CPU, with a budget of images or epochs, it ends with the weights that it would have come to undisturbed.

    Args:
        given: settings that are stated again, such as ``out``, the run's folder; see
            :func:`~fcn_captcha.training.settings.resume_settings`.
        watch: what to tell how it goes; a quiet one where None.
        callbacks: as of :func:`train`; they are no part of the checkpoint.

    Raises ``ValueError`` where there is nothing to go on with, the checkpoint is damaged or another version's,
    or settings or data are not what they were; ``FileExistsError`` where another process trains there.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(given.get("out", Settings.out)))
    run.check_unfinished()
    with hold(run.lock, _GOING_ON):
        run.check_unfinished()  # nobody else finished it meanwhile
        loop, causes = _go_on(run, given, watch, callbacks)
        return finish_training(loop, run, _train(loop, run, watch), causes, watch)


def advance(settings: Settings, epochs: int, watch: Watch | None = None) -> list[Epoch]:
    """Trains until so many epochs are whole, from where the run ``settings.out`` stands, and leaves it at that.

    Args:
        settings: of the whole training, which :func:`finish` ends; begun here where it was not yet.
        epochs: from the first on.
        watch: what to tell how it goes; a quiet one where None.

    Returns all its epochs, more where it had gone further before. Raises as :func:`train` and :func:`resume`.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(settings.out))
    with hold(run.lock, _GOING_ON):
        if run.settings.exists() and run.checkpoint.exists():
            loop, _ = _go_on(run, {"out": settings.out}, watch)
        else:
            loop, _ = _prepare(settings, watch)
            _begin(loop, run)
        if _train(loop, run, watch, epochs):
            raise KeyboardInterrupt
        return loop.history


def finish(settings: Settings, into: Path | str, watch: Watch | None = None) -> Result:
    """Ends a training that :func:`advance` took as far as it should go: its best network, tested.

    Args:
        settings: of the training; ``settings.out`` and its checkpoint stay.
        into: the folder that gets what :class:`~fcn_captcha.model.run_folder.Run` names; made where it is missing.

    Raises as :func:`resume`.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(settings.out))
    with hold(run.lock, _GOING_ON):
        loop, causes = _go_on(run, {"out": settings.out}, watch)
        target = Run(Path(into))
        target.begin(_describe_settings(replace(settings, out=str(into)), loop), loop.dataset.parts)
        return finish_training(loop, target, False, causes, watch)


def _prepare(settings: Settings, watch: Watch, callbacks: Callbacks = ()) -> tuple[Loop, list[str]]:
    """A loop ready to run, and what stands in the way of learning."""
    started = time.monotonic()
    dataset = make_dataset(settings, find_architecture(settings.architecture).stride)
    say_dataset(dataset, settings, watch)
    causes = find_causes(dataset)
    for cause in causes:
        watch.say(f"warning: {cause}")
    loop = Loop(dataset, settings, started, callbacks=callbacks)  # the last that may find fault with a setting
    if loop.chosen["devices"] != 1:
        watch.say(f"each batch is shared among {loop.chosen['devices']} devices")
    return loop, causes


def _begin(loop: Loop, run: Run) -> None:
    """The run's folder as it is before the first step."""
    # Of an earlier run: not to be taken for this one's.
    for old in (run.checkpoint, run.measures, run.history, *run.tensorboard.glob("*tfevents*")):
        old.unlink(missing_ok=True)
    run.begin(_describe_settings(loop.settings, loop), loop.dataset.parts)


def _go_on(run: Run, given: dict[str, Any], watch: Watch, callbacks: Callbacks = ()) -> tuple[Loop, list[str]]:
    """A loop that stands where the run's checkpoint has it, and what stands in the way of learning."""
    data, state = read_checkpoint(run.checkpoint)
    settings = resume_settings(run.read_settings(), {**given, "out": str(run.path)})
    loop, causes = _prepare(settings, watch, callbacks)
    if loop.dataset.describe() != data:
        raise DataError(_describe_change(settings, data, loop.dataset.describe()))
    loop.restore(state)
    shown = loop.history[-1].images if loop.history else 0
    watch.say(f"going on after epoch {len(loop.history)}, {shown:,} images")
    run.begin(_describe_settings(settings, loop), loop.dataset.parts)
    return loop, causes


def _describe_settings(settings: Settings, loop: Loop) -> dict[str, Any]:
    return {**settings.as_dict(), **loop.chosen, "versions": _find_versions()}


def _train(loop: Loop, run: Run, watch: Watch, epochs: int | None = None) -> bool:
    """From where the loop stands to the end, or to that of so many epochs, each of which is kept.

    Returns whether Ctrl-C ended it.
    """
    keep = make_keep(loop, run, partial(_describe_settings, loop.settings, loop), watch)
    keep(loop.state())
    with watch:
        return loop.run(watch, epochs=epochs, keep=keep)


def _describe_change(settings: Settings, then: dict[str, Any], now: dict[str, Any]) -> str:
    counts = [f"{part}: {then[part]} then, {now[part]} now" for part in ("training", "validation", "test")]
    return (
        f"{settings.data or settings.generator}: other images or labels than this training was begun with "
        f"({'; '.join(counts)}); put them back, or begin anew in another folder"
    )


def _find_versions() -> dict[str, str]:
    backend = keras.backend.backend()
    return {
        "fcn_captcha": fcn_captcha.__version__,
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": f"{backend} {version(backend)}",
        "numpy": np.__version__,
    }
