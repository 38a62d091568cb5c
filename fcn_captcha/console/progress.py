"""What a person watches while a job runs."""

import io
import sys
import time
from functools import cache
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn


class Watch:
    """Lines that stay, and one that moves: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, quiet: bool = False, every_s: float = 15.0) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._every_s = every_s
        self._last_s = 0.0

    def say(self, line: str) -> None:
        """A line that stays."""
        self._console.print(line, markup=False)

    def __enter__(self) -> "Watch":
        if self._console.is_terminal:
            columns = (
                BarColumn(bar_width=24),
                TextColumn("{task.percentage:>3.0f} %"),
                TextColumn("{task.description}"),
            )
            self._bar = Progress(*columns, console=self._console, transient=True, refresh_per_second=4)
            self._task = self._bar.add_task("starting", total=1.0)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def move(self, share: float, line: str) -> None:
        """The line that moves, with the share that is done, 0 to 1."""
        if self._bar is not None:
            self._bar.update(self._task, completed=share, description=line)
        elif time.monotonic() - self._last_s >= self._every_s:
            self._last_s = time.monotonic()
            self.say(f"{100 * share:3.0f} %  {line}")


def format_seconds(seconds: float) -> str:
    """'4 s', '1 min 05 s', '2 h 03 min'."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@cache
def escape_output() -> None:
    """From now on what the console can't show is printed escaped, as in ``\\u4e2d``, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def fail(message: object) -> "SystemExit":
    """Says why a command ends, for ``raise fail(...)``: status 1."""
    print(f"error: {message}", file=sys.stderr)
    return SystemExit(1)
