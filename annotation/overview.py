"""The state of all images at once, a few bytes each: which are done, which doubtful, which hold a character."""

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FILTERS = "all", "left", "done", "doubtful", "suspects"
ORDERS = "name", "doubt"
_DOUBTFUL = 0.2  # of a proposal, from which an image is worth a look
_SUSPECT = 0.5  # of a label, from which it is probably wrong


@dataclass(frozen=True)
class View:
    """Which images are shown, and in which order.

    Attributes:
        show: one of ``FILTERS``; suspects are those whose label is probably wrong.
        order: one of ``ORDERS``; by doubt, the most doubtful come first; suspects always do.
        character: only images whose string holds it; '' for all.
    """

    show: str = "all"
    order: str = "name"
    character: str = ""

    def __post_init__(self) -> None:
        if self.show not in FILTERS:
            raise ValueError(f"show: one of {', '.join(FILTERS)} is needed, got {self.show!r}")
        if self.order not in ORDERS:
            raise ValueError(f"order: one of {', '.join(ORDERS)} is needed, got {self.order!r}")
        if len(self.character) > 1:
            raise ValueError(f"character: one character or '' is needed, got {self.character!r}")


class Overview:
    """Flat arrays over all images of a folder, changed as they are saved and proposed."""

    def __init__(self, count: int) -> None:
        self.done = np.zeros(count, bool)
        self.doubt = np.full(count, np.nan, np.float32)
        self.suspicion = np.zeros(count, np.float32)
        self.texts: list[str | None] = [None] * count
        self._version = 0
        self._found: tuple[View, int, npt.NDArray[np.int64]] | None = None
        self._lock = threading.Lock()

    def note_saved(self, number: int, done: bool, text: str | None) -> None:
        """What is on disk for an image."""
        self.done[number], self.texts[number] = done, text
        self._version += 1

    def note_proposed(self, number: int, doubt: float, text: str) -> None:
        """What is proposed for an image; the string counts where none was saved."""
        self.doubt[number] = doubt
        self.texts[number] = self.texts[number] or text
        self._version += 1

    def note_stated(self, number: int, text: str) -> None:
        """The string that is stated for an image; it counts where none was saved or read."""
        self.texts[number] = self.texts[number] or text
        self._version += 1

    def note_suspect(self, number: int, doubt: float) -> None:
        """How probably an image's label is wrong, in [0, 1]."""
        self.suspicion[number] = doubt
        self._version += 1

    def count_done(self) -> int:
        return int(self.done.sum())

    def find(self, view: View) -> npt.NDArray[np.int64]:
        """The numbers of the images of a view, in its order."""
        with self._lock:
            version = self._version
            if self._found is None or self._found[:2] != (view, version):
                self._found = view, version, self._select(view)
            return self._found[2]

    def _select(self, view: View) -> npt.NDArray[np.int64]:
        numbers = np.flatnonzero(self._make_mask(view.show))
        if view.character:
            numbers = np.array([i for i in numbers if view.character in (self.texts[i] or "")], np.int64)
        if view.order == "name" and view.show != "suspects":
            return numbers  # as they are
        return numbers[np.argsort(self._rank(view, numbers), kind="stable")]

    def _make_mask(self, show: str) -> npt.NDArray[np.bool_]:
        if show == "done":
            return self.done
        if show == "left":
            return ~self.done
        if show == "suspects":
            return np.asarray(~self.done & (self.suspicion >= _SUSPECT), bool)
        if show == "doubtful":
            return np.asarray(~self.done & (self.doubt > _DOUBTFUL), bool)
        return np.ones(len(self.done), bool)

    def step(self, view: View, number: int, step: int) -> int | None:
        """The image before (-1) or after (1) ``number`` in a view, whether or not it is in it itself.

        Behind the last one comes the first; None where the view holds no other image.
        """
        numbers = self.find(view)
        others = numbers[numbers != number]
        if not len(others):
            return None
        at = np.flatnonzero(numbers == number)
        if len(at):
            return int(numbers[(int(at[0]) + step) % len(numbers)])
        ranks = self._rank(view, others)
        own = self._rank(view, np.array([number]))[0]
        behind = np.flatnonzero(ranks > own)
        first = int(behind[0]) if len(behind) else len(others)
        return int(others[(first if step > 0 else first - 1) % len(others)])

    def _rank(self, view: View, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """What a view is sorted by, growing."""
        places = np.asarray(numbers / len(self.done), np.float64)
        if view.show != "suspects" and view.order == "name":
            return places
        doubt = self.suspicion if view.show == "suspects" else self.doubt
        return np.asarray(places - 1e7 * np.nan_to_num(doubt[numbers], nan=-1.0).astype(np.float64), np.float64)
