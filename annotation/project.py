"""A folder that is being annotated: what is on disk, what is proposed, and how far it is."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from annotation.folder import ImageFolder, StatedStrings
from annotation.overview import Overview, View
from annotation.pictures import Pictures
from annotation.progress import Pace
from annotation.proposals import Proposal, Proposer
from annotation.record import State
from annotation.store import Entry, Store
from annotation.suspect_table import Doubted
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import show_path
from fcn_captcha.reading.reader import Reader

_CHUNK = 500  # images whose stated strings are found at once
_LARGEST_PAGE = 500  # images of a list in one answer


class Project:
    """What the server asks. Images go by number, as they lie in ``folder``."""

    def __init__(
        self, path: Path | str, reader: Reader | None = None, suspects: Mapping[str, Doubted] | None = None
    ) -> None:
        """``reader`` proposes; ``suspects`` are images by name. Raises as :meth:`ImageFolder.open`."""
        self.folder = ImageFolder.open(path)
        self.pictures = Pictures(self.folder)
        self.store = Store(self.folder, self.pictures)
        self.overview = Overview(len(self.folder.names))
        self.numbers = {name: number for number, name in enumerate(self.folder.shown)}
        self._stated = StatedStrings(self.folder)
        self._pace = Pace()
        self._proposing = threading.Lock()  # a model reads one image at a time
        self._proposer = Proposer(reader)
        self._surveyed = 0
        self._has_model = reader is not None
        self._round = 0
        self._suspects: dict[int, Doubted] = {}
        for name, doubted in (suspects or {}).items():
            if name in self.numbers:
                self._suspects[self.numbers[name]] = doubted
                self.overview.note_suspect(self.numbers[name], doubted.doubt)

    def describe(self) -> dict[str, Any]:
        """What the page needs to know once."""
        root = str(self.folder.root)
        identity = hashlib.sha256(root.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return {
            "id": identity,
            "name": show_path(self.folder.root.name),
            "count": len(self.folder.names),
            "suspects": len(self._suspects),
        }

    def begin_survey(self) -> threading.Thread:
        """Looks through all files in the background: what is done, and what a model finds doubtful."""
        self._round += 1
        thread = threading.Thread(target=self._survey, args=(self._round,), daemon=True, name="survey")
        thread.start()
        return thread

    def take_reader(self, reader: Reader) -> None:
        """From now on this one proposes, for all images that are not done."""
        with self._proposing:
            self._proposer, self._has_model = Proposer(reader), True
        self.begin_survey()

    def show(self, number: int) -> dict[str, Any]:
        """All that the page needs to know of an image. Raises :class:`DataError` where it can't be shown."""
        width, height = self.pictures.measure(number)
        shown: dict[str, Any] = {
            "name": self.folder.shown[number],
            "number": number,
            "version": str(self.pictures.find_version(number)),
            "width": width,
            "height": height,
            "stated": self._stated.find(number),
        }
        try:
            entry = self.store.read(number)
        except DataError as error:
            return shown | describe_entry(Entry()) | {"fault": str(error)}
        shown |= describe_entry(entry)
        shown["stated"] = shown["stated"] or entry.text
        if number in self._suspects:
            shown["suspect"] = asdict(self._suspects[number])
        if not entry.state.points and not entry.state.done:
            shown["proposal"] = self.propose(number, shown["stated"])
        return shown

    def propose(self, number: int, text: str | None) -> dict[str, Any]:
        """Centres for an image and a string, or for what a model reads; not saved."""
        found = self._propose(number, text)
        return {"points": _place(found, self.pictures.measure(number), self._has_model), "doubt": float(found.doubt)}

    def save(self, number: int, base: str, state: State) -> Entry:
        """As :meth:`Store.save`."""
        entry = self.store.save(number, base, state)
        if state.done and not self.overview.done[number]:
            self._pace.note(time.monotonic())
        self.overview.note_saved(number, entry.state.done, entry.state.text)
        return entry

    def list(self, view: View, start: int, count: int) -> dict[str, Any]:
        """A part of a view: how many there are, and a few words on each of some."""
        numbers = self.overview.find(view)
        part = numbers[max(0, start) : max(0, start) + min(count, _LARGEST_PAGE)]
        return {"total": len(numbers), "items": [self._describe_item(int(number)) for number in part]}

    def find_place(self, view: View, number: int) -> int | None:
        """Where an image stands in a view."""
        found = (self.overview.find(view) == number).nonzero()[0]
        return int(found[0]) if len(found) else None

    def measure_progress(self) -> dict[str, Any]:
        done = self.overview.count_done()
        count = len(self.folder.names)
        return asdict(self._pace.measure(done, count - done)) | {"surveyed": self._surveyed, "count": count}

    def _describe_item(self, number: int) -> dict[str, Any]:
        overview = self.overview
        doubt = float(overview.doubt[number])
        return {
            "number": number,
            "name": self.folder.shown[number],
            "version": str(self.pictures.find_version(number)),
            "done": bool(overview.done[number]),
            "text": overview.texts[number] or "",
            "doubt": None if doubt != doubt else round(doubt, 3),
        }

    def _propose(self, number: int, text: str | None) -> Proposal:
        pixels = self.pictures.read(number)
        with self._proposing:
            return self._proposer.propose(pixels, text)

    def _survey(self, round: int) -> None:
        count = len(self.folder.names)
        for first in range(0, count, _CHUNK):
            stated = self._stated.find_many(first, _CHUNK)
            for number in range(first, min(first + _CHUNK, count)):
                if round != self._round:
                    return  # a later one began
                with contextlib.suppress(DataError):  # shown where the image is opened
                    self._look_at(number, stated[number - first])
                self._surveyed = number + 1

    def _look_at(self, number: int, stated: str | None) -> None:
        entry = self.store.read(number)
        if entry.revision:
            self.overview.note_saved(number, entry.state.done, entry.state.text or entry.text)
        if stated:
            self.overview.note_stated(number, stated)
        if self._has_model and not entry.state.done:
            found = self._propose(number, stated or entry.text)
            self.overview.note_proposed(number, float(found.doubt), found.text)


def describe_entry(entry: Entry) -> dict[str, Any]:
    """What is on disk, for the page."""
    return {
        "revision": entry.revision,
        "points": [asdict(point) for point in entry.state.points],
        "done": entry.state.done,
        "text": entry.state.text,
        "others": entry.others,
    }


def _place(found: Proposal, size: tuple[int, int], has_model: bool) -> list[dict[str, Any]]:
    """A proposal in labelme's pixels, which count from the image's corner, within the image, with a model's scores."""
    centres = np.clip(found.centres + 0.5, 0, size).round(2).tolist()
    points = [
        {"label": character, "x": x, "y": y, "extra": "", "score": round(score, 3)}
        for character, (x, y), score in zip(found.text, centres, found.scores.tolist(), strict=True)
    ]
    return points if has_model else [{k: v for k, v in point.items() if k != "score"} for point in points]
