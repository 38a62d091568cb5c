"""Annotated images: what every format says, and those of a folder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import SUFFIXES, read_image, show_path
from fcn_captcha.data.labelme import read_annotation
from fcn_captcha.data.places import find_places
from fcn_captcha.data.samples import find_name
from fcn_captcha.maps.reading_order import find_order, reorder

Array = npt.NDArray[np.float64]
Mark = tuple[float, float, str]
"""x and y in pixels, (0, 0) in the middle of the first one, and a character."""


@dataclass(frozen=True)
class Annotated:
    """An image with its string and, where known, its centres.

    Attributes:
        name: its path within the folder, with ``/`` between its parts.
        size: (width, height) in pixels.
        text: in reading order.
        centres: (len(text), 2), x and y in pixels, (0, 0) in the middle of the first one, in the order of ``text``.
        path: the file, where there is one.
    """

    name: str
    size: tuple[int, int]
    text: str
    centres: Array | None = field(repr=False)
    path: Path | None = None


@dataclass(frozen=True)
class Stated:
    """What a file of another tool says of an image.

    Attributes:
        place: where in the file, for people: 'line 3', 'task 2'.
        name: of the image, as it stands there.
        size: (width, height) where it is stated.
        text: the string where it is stated; else the marks spell it.
        marks: the characters, in any order.
        done: whether a person made or accepted it.
    """

    place: str
    name: str
    size: tuple[int, int] | None
    text: str | None
    marks: tuple[Mark, ...]
    done: bool = True


def list_images(folder: Path) -> list[Path]:
    """The images of a folder as training looks for them. Raises :class:`DataError` where there is none."""
    paths = [path for place in find_places(folder) for path in place.images]
    if not paths:
        raise DataError(f"{show_path(folder)}: no image in it (looked for {', '.join(SUFFIXES)})")
    return paths


def read_annotated(folder: Path, problems: list[str]) -> list[Annotated]:
    """The images that have a labelme file beside them, in order, but those that the page marks as not done.

    ``problems`` gets a line for what is left out.
    """
    found = []
    undone = []
    for path in list_images(folder):
        beside = path.with_suffix(".json")
        if not beside.exists():
            continue
        try:
            if _read_done(beside) is False:
                undone.append(beside)
                continue
            own = read_annotation(beside)
            height, width = read_image(path).shape[:2]
        except DataError as error:
            problems.append(f"{error} (left out)")
            continue
        text = own.text or own.spelled
        if own.image_name not in (None, path.name) and (path.parent / str(own.image_name)).exists():
            continue  # of another image of the same stem
        if own.size not in (None, (width, height)):
            problems.append(f"{show_path(beside)}: of another size than the image's {width}×{height} px (left out)")
        elif not text:
            problems.append(f"{show_path(beside)}: it states neither string nor points (left out)")
        elif own.spelled and own.spelled != text:
            problems.append(f"{show_path(beside)}: its points spell {own.spelled!r}, its text is {text!r} (left out)")
        else:
            known = own.centres if own.spelled else None
            found.append(Annotated(find_name(path, folder), (width, height), text, known, path))
    if undone:
        problems.append(f"{show_path(undone[0])}: {len(undone)} annotations are not done yet (left out)")
    return found


def find_accepted(image_path: Path) -> str | None:
    """The string that a person accepted for an image on the page, whatever else states one; None where nobody did."""
    beside = image_path.with_suffix(".json")
    if not _read_done(beside):
        return None
    try:
        own = read_annotation(beside)
    except DataError:
        return None
    return (own.spelled or own.text or None) if own.image_name in (None, show_path(image_path.name)) else None


def _read_done(path: Path) -> bool | None:
    """Whether what a labelme file says is accepted, which the page marks in its flags; None where there is no mark."""
    try:
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return None  # read_annotation tells what is wrong
    flags = record.get("flags") if isinstance(record, dict) else None
    done = flags.get("done") if isinstance(flags, dict) else None
    return done if isinstance(done, bool) else None


def spell(marks: Sequence[Mark]) -> tuple[str, Array]:
    """The string that characters spell from left to right, in reading order, and their centres (n, 2) in its order."""
    ordered = sorted(marks)
    shown = "".join(label for _, _, label in ordered)
    centres = np.array([(x, y) for x, y, _ in ordered], dtype=np.float64).reshape(-1, 2)
    return reorder(shown), centres[find_order(shown)]
