"""A table: a line a character, or one line for an image without centres.

Columns: ``file_name, width, height, text, index, character, x, y``; ``index`` is the place in the string, ``x`` and
``y`` are pixels, (0, 0) in the middle of the first one. UTF-8.
"""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from annotation.formats.annotated import Annotated, Mark, Stated
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import show_path

_COLUMNS = ("file_name", "width", "height", "text", "index", "character", "x", "y")
_NEEDED = ("file_name", "text", "character", "x", "y")


def encode(images: Sequence[Annotated]) -> str:
    """The table's content."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_COLUMNS)
    for image in images:
        stated = (image.name, *image.size, image.text)
        if image.centres is None:
            table.writerow([*stated, "", "", "", ""])
            continue
        for index, (x, y) in enumerate(image.centres.round(3).tolist()):
            table.writerow([*stated, index, image.text[index], x, y])
    return text.getvalue()


def decode(path: Path, problems: list[str]) -> list[Stated]:
    """What the table says, an entry an image; ``problems`` gets a line for each line that can't be understood.

    Raises :class:`DataError` where it is no such table.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file, strict=True)
            missing = [name for name in _NEEDED if name not in (table.fieldnames or ())]
            if missing:
                raise DataError(f"{show_path(path)}: line 1: the columns {', '.join(missing)} are needed")
            rows = [(table.line_num, row) for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{show_path(path)}: can't be read as a table: {error}") from None
    first: dict[str, tuple[str, dict[str, str]]] = {}
    marks: dict[str, list[Mark]] = {}
    for number, row in rows:
        place = f"line {number}"
        try:
            name, mark, size = row["file_name"], _read_mark(row), _read_size(row)
            _, before = first.setdefault(name, (place, row))
            if (row["text"], size) != (before["text"], _read_size(before)):
                raise ValueError(f"text and size must be those of the lines of {name} before, got {row['text']!r}")
        except (ValueError, TypeError) as error:
            problems.append(f"{show_path(path)}: {place}: {error}")
            continue
        marks.setdefault(name, []).extend([mark] if mark else [])
    return [
        Stated(place, name, _read_size(row), row["text"] or None, tuple(marks.get(name, ())))
        for name, (place, row) in first.items()
    ]


def _read_mark(row: dict[str, str]) -> Mark | None:
    if None in row or None in row.values():
        raise ValueError("as many fields as the first line has are needed")
    character, x, y = row["character"], row["x"], row["y"]
    if not (character or x or y):
        return None
    if not math.isfinite(float(x) + float(y)):
        raise ValueError(f"x and y must be finite, got {x} and {y}")
    return float(x), float(y), character


def _read_size(row: dict[str, str]) -> tuple[int, int] | None:
    width, height = row.get("width"), row.get("height")
    return (int(width), int(height)) if width and height else None
