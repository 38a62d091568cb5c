"""Readings as lines: text, CSV or JSON, on the console or in a file that grows and can be gone on with."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import show_path
from fcn_captcha.maps.decoding import Reading

_COLUMNS = ("path", "text", "confidence")


def _format_text(path: str, reading: Reading) -> str:
    return f"{path}\t{reading.text}\t{reading.confidence:.3f}\n"


def _format_csv(path: str, reading: Reading) -> str:
    return _join_csv((path, reading.text, f"{reading.confidence:.4f}"))


def _join_csv(values: tuple[str, ...]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _format_json(path: str, reading: Reading) -> str:
    return json.dumps({"path": path, **make_record(reading)}, ensure_ascii=False) + "\n"


def make_record(reading: Reading) -> dict[str, Any]:
    """A reading as JSON has it: text, confidence and each character with its place in pixels and its score."""
    characters = [
        {"character": c.character, "x": round(c.x, 1), "y": round(c.y, 1), "score": round(c.score, 4)}
        for c in reading.characters
    ]
    return {"text": reading.text, "confidence": round(reading.confidence, 4), "characters": characters}


FORMATS: dict[str, Callable[[str, Reading], str]] = {"text": _format_text, "csv": _format_csv, "jsonl": _format_json}
_SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".txt": "text", ".tsv": "text"}


def find_format(out: str | None, given: str | None) -> str:
    """The format asked for, else that of the file's ending. Raises ``ValueError`` for an ending of none."""
    if given is not None or out is None:
        return given or "text"
    suffix = Path(out).suffix.lower()
    if suffix not in _SUFFIXES:
        raise ValueError(f"out: an ending of {', '.join(_SUFFIXES)}, or --format, is needed, got {out!r}")
    return _SUFFIXES[suffix]


class Records:
    """Where readings go, a line each, written through to the disk or console at once.

    A file that is there already is gone on with: ``done`` holds the paths of its lines, and half a line
    at its end, of a command that was killed, is cut off.
    """

    def __init__(self, stream: TextIO, form: str, out: str | None = None) -> None:
        """``stream`` takes the lines where there is no file ``out``. Raises :class:`DataError` for a file of others."""
        self._form = form
        self.done: set[str] = set()
        self._stream, self._file = stream, None
        if out is None:
            if form == "csv":
                stream.write(_join_csv(_COLUMNS))
            return
        self.done = _read_done(Path(out), form)
        self._stream = self._file = open(out, "a", encoding="utf-8", errors="backslashreplace", newline="")  # noqa: SIM115
        if form == "csv" and not self._file.tell():
            self._file.write(_join_csv(_COLUMNS))

    def __enter__(self) -> "Records":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, path: Path | str, reading: Reading) -> None:
        self._stream.write(FORMATS[self._form](show_path(path), reading))
        self._stream.flush()


def _read_done(out: Path, form: str) -> set[str]:
    """The paths in a file of an earlier command, whose half last line is cut off."""
    if not out.exists():
        return set()
    content = out.read_bytes()
    whole = content.rfind(b"\n") + 1
    text = content[:whole].decode("utf-8", "replace")
    try:
        if form == "jsonl":
            done = {json.loads(line)["path"] for line in text.splitlines()}
        elif form == "csv":
            rows = list(csv.reader(io.StringIO(text, newline="")))
            if rows and tuple(rows[0]) != _COLUMNS:
                raise ValueError(f"its columns are {', '.join(rows[0])}")
            done = {row[0] for row in rows[1:]}
        else:
            done = {line.split("\t")[0] for line in text.splitlines() if line.split("\t")[2]}
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"{out}: not a file of readings as {form}, so it can't be gone on with ({error})") from None
    if whole < len(content):
        os.truncate(out, whole)
    return done
