"""Labelled images: where they come from and which part each belongs to."""

import csv
import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fcn_captcha.images import DataError, Pixels, find_images, read_image
from fcn_captcha.labelme import read_labelme


@dataclass(frozen=True)
class Sample:
    """An image, what it says and, where known, where.

    Attributes:
        name: the file's name, or the generator's name and a number.
        image: uint8, (height, width, 3), RGB.
        text: the true string.
        centres: (len(text), 2), x and y in pixels of ``image``, or None where unknown.
        path: the file, where there is one.
        boxes: (len(text), 4), left, top, right and bottom edges of each character's ink in pixels of
            ``image``, where a generator knows them.
    """

    name: str
    image: Pixels = field(repr=False)
    text: str
    centres: npt.NDArray[np.float64] | None = field(default=None, repr=False)
    path: Path | None = None
    boxes: npt.NDArray[np.float64] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.text:
            raise DataError(f"{self.name}: the label is empty; it must hold at least one character")
        if self.centres is not None and self.centres.shape != (len(self.text), 2):
            raise DataError(
                f"{self.name}: centres must have shape ({len(self.text)}, 2) for {self.text!r}, "
                f"got {self.centres.shape}"
            )


@dataclass(frozen=True)
class Folder:
    """What a folder held: usable samples, and a line for every file that was left out or changed."""

    samples: tuple[Sample, ...]
    problems: tuple[str, ...]


def read_folder(folder: Path | str) -> Folder:
    """All labelled images of a folder.

    A label is what ``metadata.csv`` says (columns ``file_name`` and ``text``), else what the points
    of a labelme JSON beside the image spell from left to right, else the file's name up to the first
    ``-``. Centres are a labelme JSON's points, if they spell the label. Strings are in Unicode's NFC.

    Raises :class:`DataError` if the folder is missing or holds no usable image; a single file
    that can't be used becomes a line in ``problems``.
    """
    folder = Path(folder)
    samples: list[Sample] = []
    problems: list[str] = []
    contents: dict[bytes, str] = {}
    for path, text in _list_labels(folder, problems):
        try:
            sample = _read_sample(path, text, problems)
        except DataError as error:
            problems.append(f"{error} (left out)")
            continue
        content = hashlib.sha256(sample.image.tobytes() + repr(sample.image.shape).encode()).digest()
        if content in contents:
            problems.append(f"{path}: the same image as {contents[content]} (left out)")
            continue
        contents[content] = path.name
        samples.append(sample)
    if not samples:
        shown = "".join(f"\n  {line}" for line in problems[:10])
        raise DataError(f"{folder}: none of its images can be used{shown}")
    problems += _describe_repeats(samples)
    return Folder(tuple(samples), tuple(problems))


def _describe_repeats(samples: list[Sample]) -> list[str]:
    """A line if several files have one string: fine if they are several pictures of it."""
    files: dict[str, list[str]] = {}
    for sample in samples:
        files.setdefault(sample.text, []).append(sample.name)
    repeated = {text: names for text, names in files.items() if len(names) > 1}
    if not repeated:
        return []
    text, names = next(iter(repeated.items()))
    count = "1 string stands" if len(repeated) == 1 else f"{len(repeated)} strings stand"
    return [f"{count} on several files, such as {text!r} on {' and '.join(names[:3])} (all kept)"]


def find_label(path: Path) -> str:
    """The label in a file's name: up to the first ``-``, or the whole stem."""
    return unicodedata.normalize("NFC", path.stem.split("-")[0])


def _list_labels(folder: Path, problems: list[str]) -> Iterator[tuple[Path, str | None]]:
    table = folder / "metadata.csv"
    if not table.exists():
        for path in find_images(folder):
            yield path, None
        return
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = {"file_name", "text"} - set(rows.fieldnames or ())
        if missing:
            raise DataError(f"{table}: the columns file_name and text are needed, got {rows.fieldnames}")
        listed = set()
        for row in rows:
            if not row["file_name"]:
                problems.append(f"{table}: line {rows.line_num} has no file_name (left out)")
            elif row["file_name"] in listed:
                problems.append(f"{table}: line {rows.line_num}: {row['file_name']} is listed twice (left out)")
            else:
                listed.add(row["file_name"])
                yield folder / row["file_name"], unicodedata.normalize("NFC", row["text"] or "")


def _read_sample(path: Path, text: str | None, problems: list[str]) -> Sample:
    image = read_image(path)
    annotation = path.with_suffix(".json")
    if not annotation.exists():
        return Sample(path.name, image, find_label(path) if text is None else text, None, path)
    spelled, centres = read_labelme(annotation)
    if not len(centres):
        return Sample(path.name, image, text or spelled or find_label(path), None, path)
    if text is not None and spelled != text:
        problems.append(f"{annotation}: its points spell {spelled!r}, the label is {text!r} (centres not used)")
        return Sample(path.name, image, text, None, path)
    return Sample(path.name, image, spelled, centres, path)


@dataclass(frozen=True)
class Parts:
    """Three parts: to train on, to choose threshold and epoch on, and to test on."""

    training: tuple[Sample, ...]
    threshold: tuple[Sample, ...]
    test: tuple[Sample, ...]


def find_tenth(name: str) -> int:
    """0 to 9, by a hash of the file's name, so that every run on every machine splits alike."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % 10


def split_samples(samples: Iterable[Sample], fold: int = 0, limit: int | None = None) -> Parts:
    """One tenth of the names to test on, the next to choose on, the other eight to train on.

    Args:
        samples: any number.
        fold: which tenth is the test, 0 to 9.
        limit: keep this many to train on and an eighth of it, at least one, to choose on (the first
            by their hash, so that a smaller limit's images are among a larger one's); the test stays whole.
    """
    if not 0 <= fold <= 9:
        raise ValueError(f"fold: it must be 0 to 9, got {fold}")
    if limit is not None and limit < 1:
        raise ValueError(f"limit: it must be at least 1, got {limit}")
    parts: tuple[list[Sample], list[Sample], list[Sample]] = ([], [], [])
    for sample in sorted(samples, key=lambda s: hashlib.sha256(s.name.encode()).digest()[8:]):
        tenth = find_tenth(sample.name)
        parts[2 if tenth == fold else 1 if tenth == (fold + 1) % 10 else 0].append(sample)
    training, threshold, test = parts
    if limit is not None:
        training, threshold = training[:limit], threshold[: max(1, limit // 8)]
    return Parts(tuple(training), tuple(threshold), tuple(test))
