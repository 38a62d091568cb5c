"""The labelme files beside the images: read with a revision, written whole and on disk before anyone is told so."""

import contextlib
import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotation.folder import ImageFolder
from annotation.pictures import Pictures
from annotation.record import (
    LARGEST_BYTES,
    State,
    apply_state,
    count_others,
    find_text,
    parse_record,
    read_state,
)
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import format_json, write_whole
from fcn_captcha.data.images import show_path


@dataclass(frozen=True)
class Entry:
    """What is on disk for an image.

    Attributes:
        revision: a hash of the file's bytes, '' where there is none. Whoever wrote it last, another program
            too, a change is taken only if it was made on this.
        state: what the page shows.
        text: the string that the file states.
        others: how many of its shapes are no characters.
    """

    revision: str = ""
    state: State = field(default_factory=State)
    text: str | None = None
    others: int = 0


class ConflictError(Exception):
    """Somebody else has changed the image since; ``entry`` is what is there now."""

    def __init__(self, entry: Entry) -> None:
        super().__init__("changed elsewhere")
        self.entry = entry


class Store:
    """The annotations of a folder's images, by their numbers."""

    def __init__(self, folder: ImageFolder, pictures: Pictures) -> None:
        self._folder = folder
        self._pictures = pictures
        self._lock = threading.Lock()

    def read(self, number: int) -> Entry:
        """Raises :class:`DataError` where the file is no labelme file, or one of another image."""
        return self._read(number)[0]

    def save(self, number: int, base: str, state: State) -> Entry:
        """Writes a state that was made on revision ``base``; on return it is on disk.

        A state that is there already is no conflict, so a change whose answer got lost can be sent again.
        Raises :class:`ConflictError` where the file has another revision, ``ValueError`` for a state that can't be,
        :class:`DataError` where the file can't be changed, ``OSError`` where the disk refuses.
        """
        image = self._folder.find_path(number)
        size = self._pictures.measure(number)
        with self._lock, _lock_folder(image.parent):
            entry, record = self._read(number)
            if record is not None and state.is_like(entry.state):
                return entry
            if entry.revision != base:
                raise ConflictError(entry)
            after = apply_state(record, state, show_path(image.name), size)
            content = format_json(after).encode("utf-8", "backslashreplace")
            write_whole(image.with_suffix(".json"), content, durable=True)
        return _make_entry(after, content)

    def _read(self, number: int) -> tuple[Entry, dict[str, Any] | None]:
        path = (self._folder.root / self._folder.names[number]).with_suffix(".json")
        shown = show_path(path.name)
        content = _read_plain_file(path, shown)
        if content is None:
            return Entry(), None
        record = parse_record(content, shown)
        self._check_owner(number, record, shown)
        return _make_entry(record, content), record

    def _check_owner(self, number: int, record: dict[str, Any], shown: str) -> None:
        """Raises :class:`DataError` where several images share the file's name and it is of another."""
        rivals = [rival.rpartition("/")[2] for rival in self._folder.list_rivals(number)]
        stated = record.get("imagePath")
        stated = stated.replace("\\", "/").rpartition("/")[2] if isinstance(stated, str) else None
        own = self._folder.shown[number].rpartition("/")[2]
        if rivals and stated != own:
            of = stated if stated in rivals else "one of them, but does not say which"
            raise DataError(
                f"{shown}: beside {own} and {' and '.join(rivals)}; it is of {of}: rename one of the images"
            )


def _make_entry(record: dict[str, Any], content: bytes) -> Entry:
    revision = hashlib.sha256(content).hexdigest()[:24]
    return Entry(revision, read_state(record), find_text(record), count_others(record))


def _read_plain_file(path: Path, shown: str) -> bytes | None:
    """The content of a file that is no link; None where there is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{shown}: can't be read, or is a link: {error.strerror}") from None
    with open(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_BYTES:
            raise DataError(f"{shown}: a file of at most {LARGEST_BYTES:,} bytes is needed, and left as it is")
        return file.read()


@contextlib.contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """Keeps a second server on the same folder waiting, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
