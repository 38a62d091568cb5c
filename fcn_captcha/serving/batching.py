"""Images that arrive one by one from many threads, read together by one."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from fcn_captcha.data.errors import DataError
from fcn_captcha.maps.decoding import Reading

ReadTogether = Callable[[list[bytes]], Iterable[Reading | DataError]]
Observe = Callable[[int], None]

LARGEST_BATCH = 64
_GATHER_S = 0.003  # how long the first image of a batch waits for company


@dataclass(frozen=True)
class _Waiting:
    content: bytes
    pixels: int
    answer: "Future[Reading]"


class Batcher:
    """Reads images in batches in a thread of its own; any number of threads may submit them.

    A batch holds at most 64 images and ``largest_px`` pixels, or one image of any size, so that memory has a bound.
    """

    def __init__(self, read: ReadTogether, largest_px: int, observe: Observe, gather_s: float = _GATHER_S) -> None:
        """``read`` answers in order, as :meth:`Reader.try_many`; ``observe`` is told each batch's size."""
        self._read = read
        self._largest_px = largest_px
        self._observe = observe
        self._gather_s = gather_s
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="batcher", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        """How many images wait."""
        return len(self._waiting)

    def submit(self, content: bytes, pixels: int) -> "Future[Reading]":
        """An image file's bytes and how many pixels it has; its reading, or the error, comes in the future.

        Raises ``RuntimeError`` after :meth:`close`.
        """
        answer: Future[Reading] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("batcher: it is closed")
            self._waiting.append(_Waiting(content, pixels, answer))
            self._changed.notify()
        return answer

    def close(self) -> None:
        """Reads what waits, then ends the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._take():
            self._observe(len(batch))
            self._answer([waiting for waiting in batch if waiting.answer.set_running_or_notify_cancel()])

    def _take(self) -> list[_Waiting]:
        """The next batch; none after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            until = time.monotonic() + self._gather_s
            while len(self._waiting) < LARGEST_BATCH and not self._closed:
                if not self._changed.wait(max(0.0, until - time.monotonic())):
                    break
            batch: list[_Waiting] = []
            pixels = 0
            while self._waiting and len(batch) < LARGEST_BATCH:
                pixels += self._waiting[0].pixels
                if batch and pixels > self._largest_px:
                    break
                batch.append(self._waiting.popleft())
            return batch

    def _answer(self, batch: list[_Waiting]) -> None:
        try:
            readings = list(self._read([waiting.content for waiting in batch]))
        except Exception as error:
            if len(batch) > 1:  # whichever it was, the others are read
                for waiting in batch:
                    self._answer([waiting])
            else:
                batch[0].answer.set_exception(error)
            return
        for waiting, reading in zip(batch, readings, strict=True):
            if isinstance(reading, Exception):
                waiting.answer.set_exception(reading)
            else:
                waiting.answer.set_result(reading)
