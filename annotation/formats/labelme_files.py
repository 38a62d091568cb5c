"""labelme's JSON, a file an image: the native format, which lies beside each image."""

import json
import unicodedata
from pathlib import Path
from typing import Any

from annotation.formats.annotated import Annotated, Stated
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import write_json
from fcn_captcha.data.images import show_path
from fcn_captcha.data.labelme import read_annotation

_VERSION = "5.5.0"


def decode(path: Path, problems: list[str]) -> list[Stated]:
    """What one labelme file says, or each of a folder of them; ``problems`` gets a line for each that is none."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{show_path(path)}: no JSON file in it")
    found = []
    for file in files:
        try:
            own = read_annotation(file)
        except DataError as error:
            problems.append(str(error))
            continue
        marks = tuple((x, y, c) for (x, y), c in zip(own.centres.tolist(), own.spelled, strict=True))
        found.append(Stated(file.name, own.image_name or file.stem, own.size, own.text, marks))
    return found


def write_beside(path: Path, image_path: Path, image: Annotated, done: bool) -> None:
    """The labelme file of an image, written whole; of one that is there, what is no character stays.

    Raises :class:`DataError` where what is there is no JSON object; it then stays as it is.
    """
    before = read_record(path) if path.exists() else {}
    flags, shapes = before.get("flags"), before.get("shapes")
    others = [s for s in shapes if not _is_character(s)] if isinstance(shapes, list) else []
    width, height = image.size
    places = [] if image.centres is None else (image.centres + 0.5).round(2).tolist()
    points: list[dict[str, Any]] = [
        {"label": label, "points": [place], "group_id": None, "shape_type": "point", "flags": {}}
        for label, place in zip(image.text, places, strict=False)
    ]
    own = {
        "flags": {**(flags if isinstance(flags, dict) else {}), "done": done},
        "shapes": others + points,
        "imagePath": show_path(image_path.name),
        "imageData": before.get("imageData"),
        "imageHeight": height,
        "imageWidth": width,
        "text": image.text,
    }
    write_json(path, {"version": _VERSION, **before, **own})


def read_record(path: Path) -> dict[str, Any]:
    """The content of a labelme file. Raises :class:`DataError`, naming it, where it is no JSON object."""
    try:
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(f"{show_path(path)}: not a labelme file, and left as it is: {error}") from None
    if not isinstance(record, dict):
        raise DataError(f"{show_path(path)}: not a labelme file, and left as it is: no object")
    return record


def _is_character(shape: Any) -> bool:
    label = shape.get("label") if isinstance(shape, dict) else None
    return isinstance(label, str) and len(unicodedata.normalize("NFC", label)) == 1
