"""Labelled images in shards: which there are, what they say, and any one of them at once.

Each is read from where it lies in its archive, so an order can be a permutation of them all.
"""

import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import list_folders, list_images, read_image, show_path
from fcn_captcha.data.labelme import decode_annotation
from fcn_captcha.data.naming import compile_pattern, cut_counter, find_name_labels, have_counters
from fcn_captcha.data.places import PART_FOLDERS
from fcn_captcha.data.problems import Problems
from fcn_captcha.data.samples import Folder, Sample, find_fault
from fcn_captcha.data.shard_index import Named, ShardIndex, read_index

Numbers = npt.NDArray[np.uint32]

MOST_TESTED = 1000  # images of shards that are read to measure a reader, those of the lowest ranks
_LOOK = 10_000  # names that tell what names are like


def find_shards(folder: Path) -> list[Path]:
    """The shards right in ``folder`` and then those in its sub-folders; none where an image lies there itself."""
    if not folder.is_dir():
        return []
    places = list_folders(folder)
    found = [p for place in places for p in sorted(place.glob("*.tar")) if not p.name.startswith(".") and p.is_file()]
    return [] if found and any(list_images(place) for place in places) else found


@dataclass(frozen=True)
class ShardParts:
    """Numbers of the images to train on, to choose on and to test on, each by rank, lowest first."""

    training: Numbers
    validation: Numbers
    test: Numbers


class Shards:
    """The labelled images of a folder of shards.

    Attributes:
        numbers: of the images that have a label.
        notes: how labels and parts were found.
        problems: lines about what was left out, the newest of which wait to be taken.
    """

    def __init__(self, folder: Path, label_pattern: str | None = None) -> None:
        """Raises :class:`DataError` where no image has a label, ``ValueError`` for a bad pattern."""
        self.folder = folder
        self.problems = Problems()
        self._paths = find_shards(folder)
        self._index = read_index(folder, self._paths)
        for line in self._index.problems:
            self.problems.add(line)
        self._tell, how = _choose_rule(self._index, label_pattern, self.problems)
        self.numbers = self._find_labelled()
        if not len(self.numbers):
            raise DataError(f"{show_path(folder)}: none of its {len(self._index):,} images has a label")
        self._stated, lines = _find_stated_parts(self._paths, folder)
        self.notes = (self._describe_labels(how), *lines)

    @property
    def digest(self) -> str:
        """A hash of names, stated labels and sizes."""
        return self._index.digest

    def find_characters(self, *parts: Numbers) -> str:
        """All characters of the labels of these images, sorted by code point."""
        found: set[str] = set()
        for numbers in parts:
            for text in self.list_texts(numbers):
                found.update(text)
        return "".join(sorted(found))

    def list_texts(self, numbers: Numbers) -> Iterator[str]:
        """The labels of these images, one after the other."""
        for named in self._index.list_names(numbers):
            yield self._tell(named) or ""

    def keep_spelled(self, characters: str) -> None:
        """Leaves out the images whose label holds another character. Raises :class:`DataError` where none is left."""
        known = frozenset(characters)
        spelled = np.array([known.issuperset(text) for text in self.list_texts(self.numbers)])
        for named in islice(self._index.list_names(self.numbers[~spelled]), self.problems.most):
            text = self._tell(named) or ""
            other = next(c for c in text if c not in known)
            self.problems.add(f"{self._name(named)}: {other!r} of {text!r} is not in the alphabet (left out)")
        if not spelled.any():
            raise DataError(f"{show_path(self.folder)}: no label consists of the alphabet {characters!r} alone")
        self.numbers = self.numbers[spelled]

    def split(self, fold: int = 0, limit: int | None = None) -> ShardParts:
        """Parts by the same rules and hashes as :func:`~fcn_captcha.data.splits.split_samples` makes them."""
        entries = self._index.entries
        by_rank = self.sort(self.numbers)
        tenths, stated = entries["tenth"][by_rank], self._stated[entries["shard"][by_rank]]
        test, validation = stated == "test", stated == "validation"
        if not test.any():
            test = (tenths == fold) & ~validation
        if not validation.any():
            validation = (tenths == (fold + 1) % 10) & ~test & (stated != "test")
        chosen = None if limit is None else max(1, limit // 8)
        return ShardParts(by_rank[~test & ~validation][:limit], by_rank[validation][:chosen], by_rank[test])

    def sort(self, numbers: Numbers) -> Numbers:
        """These images by rank, a hash of their names, lowest first."""
        return numbers[np.argsort(self._index.entries["rank"][numbers], kind="stable")]

    def read(self, number: int) -> Sample:
        """The image of that number. Raises :class:`DataError`, naming it, where it can't be read."""
        named = next(self._index.list_names(np.array([number], np.uint32)))
        name, entry = self._name(named), self._index.entries[number]
        content = self._read_bytes(entry["shard"], entry["offset"], entry["size"], name)
        image = read_image(io.BytesIO(content), name)
        sample = Sample(name, image, self._tell(named) or "", part=str(self._stated[entry["shard"]]) or None)
        if not entry["json_size"]:
            return sample
        try:
            content = self._read_bytes(entry["shard"], entry["json_offset"], entry["json_size"], name)
            annotation = decode_annotation(content, f"{name}: its JSON")
        except DataError:
            return sample  # told when the index was made
        if annotation.done is False or not annotation.spelled:
            return sample
        fault = find_fault(annotation, sample, name)
        if fault is None:
            return replace(sample, centres=annotation.centres)
        self.problems.add(f"{name}: its JSON: {fault} (centres not used)")
        return sample

    def read_first(self, numbers: Numbers, count: int) -> tuple[Sample, ...]:
        """The first ``count`` of these that can be read."""
        return tuple(islice(self._read_all(numbers), count))

    def _read_all(self, numbers: Numbers) -> Iterator[Sample]:
        for number in numbers.tolist():
            try:
                yield self.read(number)
            except DataError as error:
                self.problems.add(f"{error} (left out)")

    def _read_bytes(self, shard: int, offset: int, size: int, name: str) -> bytes:
        try:
            with self._paths[shard].open("rb") as file:
                file.seek(int(offset))
                content = file.read(int(size))
        except OSError as error:
            raise DataError(f"{name}: can't be read: {error.strerror}") from None
        if len(content) < size:
            raise DataError(f"{name}: cut off: {len(content):,} of {size:,} bytes are there")
        return content

    def _name(self, named: Named) -> str:
        path = self._paths[self._index.entries["shard"][named.number]]
        return f"{show_path(path.relative_to(self.folder))}/{show_path(named.name)}"

    def _find_labelled(self) -> Numbers:
        """The images that have a label; those that have none are problems."""
        labelled = np.zeros(len(self._index), dtype=bool)
        for named in self._index.list_names():
            labelled[named.number] = bool(self._tell(named))
            if not labelled[named.number]:
                self.problems.add(f"{self._name(named)}: nothing tells its label (left out)")
        return np.flatnonzero(labelled).astype(np.uint32)

    def _describe_labels(self, how: str) -> str:
        some = self.numbers[[0, len(self.numbers) // 2, -1]]
        shown = dict.fromkeys(f"{self._name(n)} -> {self._tell(n)}" for n in self._index.list_names(some))
        return f"labels {how}: {', '.join(shown)}"


def read_some(folder: Path, label_pattern: str | None = None, fold: int | None = None) -> Folder:
    """Up to :data:`MOST_TESTED` images of the shards in a folder: of the test part of a fold or, where None, of all."""
    shards = Shards(folder, label_pattern)
    numbers = shards.sort(shards.numbers) if fold is None else shards.split(fold).test
    samples = shards.read_first(numbers, MOST_TESTED)
    what = "images" if fold is None else "images of the test part"
    note = f"shards: {len(samples):,} of {len(numbers):,} {what}, the first by the hash of their names"
    problems = tuple(shards.problems.take())
    if not samples:
        raise DataError(f"{show_path(folder)}: none of its {len(numbers):,} {what} can be used")
    return Folder(samples, problems, (*shards.notes, note))


Rule = Callable[[Named], str | None]


def _choose_rule(index: ShardIndex, pattern: str | None, problems: Problems) -> tuple[Rule, str]:
    """What tells the label of an image, and how to say that: the same rules as in folders."""
    if pattern is not None:
        compiled = compile_pattern(pattern)

        def match(named: Named) -> str | None:
            found = compiled.fullmatch(_find_stem(named.name))
            return _normalise(found[1]) if found and found[1] else None

        return match, f"by --label-pattern '{pattern}'"
    stated = int(np.count_nonzero(index.entries["text_size"]))
    if 2 * stated >= len(index):
        return lambda named: named.text, "from the .txt or .json of each image"
    if stated:
        problems.add(f"only {stated:,} of {len(index):,} images have a .txt or .json that states a label (not heeded)")
    some = np.linspace(0, len(index) - 1, min(len(index), _LOOK)).astype(np.uint32)
    stems = [_find_stem(named.name) for named in index.list_names(some)]
    found = find_name_labels(stems)
    for warning in found.warnings:
        problems.add(warning)
    if have_counters(stems):
        return lambda named: cut_counter(_find_stem(named.name)), found.how
    return lambda named: _normalise(_find_stem(named.name)), found.how


def _find_stem(name: str) -> str:
    """What may be a label; nothing where the name is not UTF-8."""
    stem = name.rpartition("/")[2].partition(".")[0]
    return stem if show_path(stem) == stem else ""


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _find_stated_parts(paths: list[Path], folder: Path) -> tuple[npt.NDArray[np.str_], list[str]]:
    """The part of each shard, '' where its name, ``train-000.tar``, and its folder's, ``train``, state none."""
    words = [re.split(r"[-_.]", path.name)[0] if path.parent == folder else path.parent.name for path in paths]
    stated = [PART_FOLDERS.get(word.lower(), "") for word in words]
    if not ("training" in stated and len(set(stated) - {""}) > 1) and set(stated) != {"test"}:
        return np.array([""] * len(paths)), []
    counts = ", ".join(f"{stated.count(part)} {part}" for part in dict.fromkeys(stated) if part)
    return np.array(stated), [
        f"the names of shards or sub-folders state the parts: {counts}; --fold is not used for them"
    ]
