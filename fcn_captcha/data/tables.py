"""Label files: lists of images and what they say."""

import csv
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import SUFFIXES, show_path

STEMS = ("metadata", "labels", "label", "annotations", "annotation", "gt", "ground_truth", "groundtruth", "captions")
READ = (".csv", ".tsv", ".txt", ".jsonl", ".json")
_UNREAD = (".xlsx", ".xls", ".ods", ".xml", ".yaml", ".yml", ".parquet", ".pkl", ".npy", ".npz", ".mat", ".db")
_NAMES = ("file_name", "filename", "file", "image", "image_name", "image_path", "img", "name", "path", "id")
_TEXTS = (
    "text",
    "label",
    "labels",
    "string",
    "transcription",
    "word",
    "words",
    "caption",
    "captcha",
    "value",
    "answer",
)
_FORM = (
    "a label file holds a line an image: its name, a tab or a comma, its label (0.png,AB12); "
    "--label-pattern '(.+)' takes the labels from the file names instead"
)


@dataclass(frozen=True)
class Row:
    """An image that a label file lists: where in the file, the image's name there, and its label."""

    place: str
    name: str
    text: str


def find_label_files(names: Sequence[str]) -> list[str]:
    """Those file names of a folder that label files are called, the one to read first."""
    found = []
    for name in names:
        stem, suffix = Path(name).stem.lower(), Path(name).suffix.lower()
        if stem in STEMS and suffix in READ + _UNREAD:
            found.append((STEMS.index(stem), (READ + _UNREAD).index(suffix), name))
    return [name for _, _, name in sorted(found)]


def read_table(path: Path, problems: list[str]) -> list[Row]:
    """The rows of a label file, in order; those that can't be understood become lines in ``problems``.

    ``metadata.csv`` has the columns ``file_name`` and ``text``. Other lists (.csv, .tsv, .txt) may go
    without a header: name and label, or label and name, with a tab, comma, semicolon or, in .txt,
    white space between. ``.jsonl`` holds an object a line with ``file_name`` and ``text``, ``.json``
    an object of names and labels, or a list of such objects. UTF-8, or UTF-16 with its mark.

    Raises :class:`DataError`, naming file, line and rule, where it is no such file.
    """
    suffix = path.suffix.lower()
    if suffix not in READ:
        raise DataError(f"{show_path(path)}: labels can't be read from {suffix} files; {_FORM}")
    lines = _read_lines(path)
    if suffix == ".json":
        rows = _read_json(path, "\n".join(lines), problems)
    elif suffix == ".jsonl":
        rows = _read_json_lines(path, lines, problems)
    else:
        rows = _read_list(path, lines, problems)
    return [Row(r.place, r.name, unicodedata.normalize("NFC", r.text).strip()) for r in rows]


def _read_lines(path: Path) -> list[str]:
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{show_path(path)}: line {line}: not {encoding[:6].upper().strip('-')} (byte 0x{raw[error.start]:02x}); "
            "save the file in UTF-8"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{show_path(path)}: line {line}: holds a NUL character; save the file in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


# --- lists ----------------------------------------------------------------------------------------


def _read_list(path: Path, lines: list[str], problems: list[str]) -> Iterator[Row]:
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not filled:
        raise DataError(f"{show_path(path)}: is empty; {_FORM}")
    delimiter = _find_delimiter(path, filled[0][1])
    number, line = filled[0]
    try:
        head = _split(line, delimiter)
    except csv.Error as error:
        raise DataError(f"{show_path(path)}: line {number}: {_explain(error)}; {_FORM}") from None
    columns = _find_columns(path, head)
    if columns is None:
        raise DataError(f"{show_path(path)}: line {number}: not understood: {line[:60]!r}; {_FORM}")
    name, text, header = columns
    for number, line in filled[1:] if header else filled:
        place = f"line {number}"
        try:
            fields = _split(line, delimiter)
        except csv.Error as error:
            problems.append(f"{show_path(path)}: {place}: {_explain(error)} (left out)")
            continue
        if len(fields) > len(head):
            problems.append(
                f"{show_path(path)}: {place}: {len(fields)} fields in {len(head)} columns: {line[:60]!r}; "
                f'a label with {delimiter!r} in it needs quotes, "1,000" (left out)'
            )
        elif len(fields) <= max(name, text):
            problems.append(f"{show_path(path)}: {place}: {len(head)} fields are needed, got {line[:60]!r} (left out)")
        elif not fields[name]:
            problems.append(f"{show_path(path)}: {place} has no {head[name] if header else 'file name'} (left out)")
        else:
            yield Row(place, fields[name], fields[text])


def _find_delimiter(path: Path, line: str) -> str | None:
    """What stands between the fields; None is white space."""
    usual = {".csv": ",;\t", ".tsv": "\t"}.get(path.suffix.lower(), "\t,;")
    return next((d for d in usual if d in line), None if path.suffix.lower() == ".txt" else usual[0])


def _split(line: str, delimiter: str | None) -> list[str]:
    """The fields of one line. A label has no line break, so a quote must be closed where it was opened."""
    if delimiter is None:
        return line.strip().split(None, 1)
    if delimiter == "\t":
        return [_unquote(field.strip()) for field in line.split("\t")]
    return [f.strip() for f in next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))]


def _unquote(field: str) -> str:
    inner = field[1:-1]
    quoted = len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if quoted else field


def _explain(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return 'a quote (") is opened and not closed; a label with a quote is written """1B1"'
    return str(error)


def _find_columns(path: Path, head: list[str]) -> tuple[int, int, bool] | None:
    """The columns of name and label, and whether the first line is a header; None where it is neither."""
    lower = [field.lower() for field in head]
    if path.name.lower() == "metadata.csv":
        if not {"file_name", "text"} <= set(lower):
            raise DataError(f"{show_path(path)}: the columns file_name and text are needed, got {head}")
        return lower.index("file_name"), lower.index("text"), True
    name = next((lower.index(n) for n in _NAMES if n in lower), None)
    text = next((lower.index(t) for t in _TEXTS if t in lower), None)
    if name is not None and text is not None:
        return name, text, True
    images = [i for i, field in enumerate(head) if field.lower().endswith(SUFFIXES)]
    if len(head) == 2 and len(images) == 1:
        return images[0], 1 - images[0], False
    return None


# --- JSON -----------------------------------------------------------------------------------------


def _read_json_lines(path: Path, lines: list[str], problems: list[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            problems.append(f"{show_path(path)}: line {number}: not JSON: {error} (left out)")
            continue
        yield from _read_record(path, f"line {number}", record, problems)


def _read_json(path: Path, text: str, problems: list[str]) -> Iterator[Row]:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise DataError(f"{show_path(path)}: not JSON: {error}; {_FORM}") from None
    if isinstance(record, dict) and record and all(name.lower().endswith(SUFFIXES) for name in record):
        record = [{"file_name": name, "text": label} for name, label in record.items()]
    if not isinstance(record, list) or not all(isinstance(r, dict) for r in record):
        raise DataError(
            f'{show_path(path)}: not understood; an object of file names and labels is needed, {{"0.png": "AB12"}}, '
            "or a list of objects with file_name and text; --label-pattern '(.+)' takes the file names instead"
        )
    for number, entry in enumerate(record, 1):
        yield from _read_record(path, f"entry {number}", entry, problems)


def _read_record(path: Path, place: str, record: Any, problems: list[str]) -> Iterator[Row]:
    fields = {str(k).lower(): v for k, v in record.items()} if isinstance(record, dict) else {}
    name = next((fields[n] for n in _NAMES if n in fields), None)
    text = next((fields[t] for t in _TEXTS if t in fields), None)
    if isinstance(name, str) and name and isinstance(text, str):
        yield Row(place, name, text)
        return
    shown = json.dumps(record, ensure_ascii=False)[:60]
    problems.append(
        f"{show_path(path)}: {place}: file_name and text are needed, both as strings, got {shown} (left out)"
    )
