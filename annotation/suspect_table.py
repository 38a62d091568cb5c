"""The table that ``python -m annotation.suspects`` writes, for the page."""

import csv
from dataclasses import dataclass
from pathlib import Path

from fcn_captcha.data.errors import DataError


@dataclass(frozen=True)
class Doubted:
    """What models that never saw an image read in it, and how probably its label is wrong, in [0, 1]."""

    read: str
    doubt: float


def find_table(folder: Path) -> Path:
    """Where ``python -m annotation FOLDER --suspects`` writes the table of a folder."""
    return Path("runs") / f"suspects-{folder.resolve().name}" / "suspects.csv"


def read_suspects(path: Path) -> dict[str, Doubted]:
    """What a table says of each image by its name. Raises :class:`DataError`, naming file and line."""
    found = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        try:
            for row in rows:
                found[row["file_name"]] = Doubted(row["read"], float(row["doubt"]))
        except (KeyError, ValueError, TypeError, csv.Error) as error:
            raise DataError(f"{path}: line {rows.line_num}: file_name, read and doubt are needed ({error!r})") from None
    return found
