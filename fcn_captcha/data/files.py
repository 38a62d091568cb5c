"""Files that are whole or not there at all."""

import json
import os
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes | str, durable: bool = False) -> None:
    """Writes beside ``path`` and moves into place, so that nobody meets half a file. Text is UTF-8.

    What can't be UTF-8, such as a file's name of other bytes, is escaped. A ``durable`` file is on disk on
    return, so that it outlasts a power cut.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace"))
        if durable:
            _sync(partial)
        partial.replace(path)
        if durable and os.name == "posix":
            _sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Puts a file's content, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def format_json(record: dict[str, Any]) -> str:
    """A record as JSON, one key a line."""
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def write_json(path: Path, record: dict[str, Any]) -> None:
    """A record as JSON, one key a line."""
    write_whole(path, format_json(record))
