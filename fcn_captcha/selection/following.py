"""The line that moves while others work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fcn_captcha.console.progress import Watch

_EVERY_S = 2.0


@contextmanager
def follow(watch: Watch, measure: Callable[[], tuple[float, str]]) -> Iterator[None]:
    """Moves the watch's line by ``measure``, the share that is done and in words, now and then meanwhile."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(_EVERY_S):
            watch.move(*measure())

    thread = threading.Thread(target=work, daemon=True, name="progress")
    with watch:
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
