"""Files that are whole or not there at all."""

import json
import os
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes | str) -> None:
    """Writes beside ``path`` and moves into place, so that nobody meets half a file. Text is UTF-8.

    What can't be UTF-8, such as a file's name of other bytes, is escaped.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace"))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, record: dict[str, Any]) -> None:
    """A record as JSON, one key a line."""
    write_whole(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
