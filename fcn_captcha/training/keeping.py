"""What a training leaves on disk after each epoch: where it stands, its history and, if asked for, its curves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fcn_captcha.console.progress import Watch
from fcn_captcha.model.run_folder import Run
from fcn_captcha.training.checkpoint import State, write_checkpoint
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.sheet import draw_sheet


def make_keep(
    loop: Loop, run: Run, describe_settings: Callable[[], dict[str, Any]], watch: Watch
) -> Callable[[State], None]:
    """What to call with the loop's state, before the first epoch and after each.

    ``describe_settings`` gives the settings as they are to be written: one that was left open may be chosen on the
    way. What can't be written is a warning, and the training goes on.
    """
    data = loop.dataset.describe()
    written = describe_settings()
    write_curves = _make_write_curves(loop, run, written)

    def write_settings() -> None:
        nonlocal written
        if describe_settings() != written:
            written = describe_settings()
            run.write_settings(written)

    def keep(state: State) -> None:
        _try(run.settings, write_settings, watch)
        _try(run.checkpoint, lambda: write_checkpoint(run.checkpoint, data, state), watch)
        _try(run.history, lambda: run.write_history(loop.history), watch)
        _try(run.tensorboard, write_curves, watch)

    return keep


def _make_write_curves(loop: Loop, run: Run, record: dict[str, Any]) -> Callable[[], None]:
    if not loop.settings.tensorboard:
        return lambda: None
    from fcn_captcha.training.board import Board  # its package is an extra

    board = Board(run.tensorboard, record, loop.seconds)

    def write() -> None:
        threshold = loop.history[-1].threshold if loop.history else None
        board.write(loop.history, None if threshold is None else draw_sheet(loop, threshold))

    return write


def _try(path: Path, write: Callable[[], None], watch: Watch) -> None:
    try:
        write()
    except OSError as error:
        watch.say(f"warning: {path}: can't be written ({error.strerror}); the training goes on")
