"""Labelled images and where they come from."""

import csv
import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fcn_captcha.images import DataError, Pixels, find_images, read_image
from fcn_captcha.labelme import read_labelme


@dataclass(frozen=True)
class Sample:
    """An image, what it says and, where known, where.

    Attributes:
        name: the file's path within the folder of data, or the generator's name and a number.
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

    @cached_property
    def content(self) -> str:
        """A hash of the pixels: the same for the same picture under any name."""
        shape = repr(self.image.shape).encode()
        return hashlib.sha256(self.image.tobytes() + shape).hexdigest()[:32]


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
    contents: dict[str, str] = {}
    for path, text in _list_labels(folder, problems):
        try:
            sample = _read_sample(path, find_name(path, folder), text, problems)
        except DataError as error:
            problems.append(f"{error} (left out)")
            continue
        if sample.content in contents:
            problems.append(f"{path}: the same image as {contents[sample.content]} (left out)")
            continue
        contents[sample.content] = sample.name
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


def find_name(path: Path, folder: Path) -> str:
    """The path of a file within the folder of data, with ``/`` between its parts."""
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


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


def _read_sample(path: Path, name: str, text: str | None, problems: list[str]) -> Sample:
    image = read_image(path)
    annotation = path.with_suffix(".json")
    if not annotation.exists():
        return Sample(name, image, find_label(path) if text is None else text, None, path)
    spelled, centres = read_labelme(annotation)
    if not len(centres):
        return Sample(name, image, text or spelled or find_label(path), None, path)
    if text is not None and spelled != text:
        problems.append(f"{annotation}: its points spell {spelled!r}, the label is {text!r} (centres not used)")
        return Sample(name, image, text, None, path)
    return Sample(name, image, spelled, centres, path)
