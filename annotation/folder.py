"""The images of a folder and its sub-folders as one flat list in natural order, made to stay quick at 100,000."""

import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import SUFFIXES, check_folder, show_path
from fcn_captcha.data.labels import list_labels
from fcn_captcha.data.naming import find_name_labels, is_numbered

_DEEPEST = 2  # sub-folders of sub-folders, as in train/A
_DIGITS = re.compile(r"\d+")
_SAMPLE = 200  # names by which the rule of all names is told
_PART = re.compile(r"\..+\.json\.\d+\.part")  # what write_whole writes before it has its name
_STALE_S = 600.0
_BY_NAME = "from the file names"
_PATIENCE_S = 2.0  # that an image waits for label files to be read


@dataclass(frozen=True)
class ImageFolder:
    """What a folder held when it was looked into.

    Attributes:
        root: the folder, without links in its own path.
        names: paths of the images within it, with ``/``, in natural order: 2 before 10.
        shown: the same as text that any file and page can take.
        plain: whether there is nothing beside images and their JSON, so that only names can tell strings.
    """

    root: Path
    names: list[str] = field(repr=False)
    shown: list[str] = field(repr=False)
    plain: bool

    @classmethod
    def open(cls, path: Path | str) -> "ImageFolder":
        """Raises :class:`DataError` where there is no such folder or no image in it."""
        check_folder(Path(path))
        root = Path(path).resolve()
        names: list[str] = []
        others = False
        for name, is_image in _scan(root, root, "", 0):
            if is_image:
                names.append(name)
            else:
                others = True
        if not names:
            raise DataError(f"{show_path(path)}: no image in it (looked for {', '.join(SUFFIXES)})")
        names.sort(key=make_natural)
        shown = [name if name.isascii() else show_path(name) for name in names]
        return cls(root, names, shown, not others)

    def find_path(self, number: int) -> Path:
        """The file of one image. Raises :class:`DataError` where it is gone, or leads out of the folder by now."""
        path = self.root / self.names[number]
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            raise DataError(f"{self.shown[number]}: no such file any more") from None
        if not real.is_relative_to(self.root):
            raise DataError(f"{self.shown[number]}: leads out of the folder (not opened)")
        return path

    def list_rivals(self, number: int) -> list[str]:
        """The names of images that differ in their ending only, so that one JSON would be of them all."""
        own = self.names[number]
        stem = own.rpartition(".")[0]
        ends = {ending for suffix in SUFFIXES for ending in (suffix, suffix.upper())} - {own[len(stem) :]}
        return [rival for ending in sorted(ends) if os.path.exists(self.root / (rival := stem + ending))]


def make_natural(name: str) -> str:
    """A key by which ``2.png`` comes before ``10.png``."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), name)


def _scan(root: Path, folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, bool]]:
    """Each image as its name and True; each sub-folder with images and each file that may tell labels, and False."""
    below = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                if _PART.fullmatch(name):
                    _remove_stale(entry)
                continue
            if entry.is_symlink() and not _is_inside(Path(entry.path), root):
                continue
            if entry.is_dir():
                below.append(name)
            elif name.lower().endswith(SUFFIXES) and entry.is_file():
                yield prefix + name, True
            elif not name.endswith(".json") or name in ("labels.json", "metadata.json"):
                yield prefix + name, False
    for name in below if depth < _DEEPEST else ():
        yield prefix + name, False
        yield from _scan(root, folder / name, f"{prefix}{name}/", depth + 1)


def _remove_stale(entry: "os.DirEntry[str]") -> None:
    """Removes what a save left behind that was killed; one that is going on is younger."""
    try:
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > _STALE_S:
            os.unlink(entry.path)
    except OSError:
        pass  # gone by now, or not ours to remove


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # broken, or a circle
        return False


class StatedStrings:
    """The string that each image is said to show, by what :mod:`fcn_captcha.data.labels` goes by.

    Names are asked one at a time, by the rule that a sample of them follows; label files are read once, in a
    thread. Names that are mere counters state nothing.
    """

    def __init__(self, folder: ImageFolder) -> None:
        self.problems: list[str] = []
        self._folder = folder
        stems = [name.rpartition("/")[2].rpartition(".")[0] for name in folder.names]
        self._sample = stems[:: 1 + len(stems) // _SAMPLE]
        self._numbered = is_numbered(self._sample)
        self._listed: dict[str, str] = {}
        self._reader: threading.Thread | None = None
        if not folder.plain:
            self._reader = threading.Thread(target=self._read_listed, daemon=True, name="labels")
            self._reader.start()

    def find(self, number: int) -> str | None:
        """None where nothing states it, or while long label files are still being read."""
        return self.find_many(number, 1)[0]

    def find_many(self, first: int, count: int) -> list[str | None]:
        """Those of ``count`` images from ``first`` on, for the price of one."""
        if self._reader is not None:
            self._reader.join(_PATIENCE_S)
        names = self._folder.names[first : first + count]
        stems = [name.rpartition("/")[2].rpartition(".")[0] for name in names]
        labels = find_name_labels([*self._sample, *stems]).labels[len(self._sample) :]
        return [
            self._listed.get(name, None if self._numbered or show_path(stem) != stem else label)
            for name, stem, label in zip(names, stems, labels, strict=True)
        ]

    def _read_listed(self) -> None:
        root = self._folder.root
        try:
            entries = list_labels(root, None, self.problems, [])
        except DataError as error:
            self.problems.append(str(error))
            return
        self._listed = {
            entry.path.relative_to(root).as_posix(): entry.text
            for entry in entries
            if entry.text and not entry.how.startswith(_BY_NAME) and "JSON" not in entry.how
        }
