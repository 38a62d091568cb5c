"""Centres as labelme's shapes, in a JSON file beside the image."""

import json
import math
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import format_json, write_whole
from fcn_captcha.data.images import show_path
from fcn_captcha.maps.reading_order import find_order, reorder


@dataclass(frozen=True)
class Annotation:
    """What a labelme file says of an image.

    Attributes:
        text: the string that it states, if it does.
        spelled: the string that its shapes spell, in reading order; '' without shapes.
        centres: (len(spelled), 2), x and y in pixels, in the order of ``spelled``.
        size: (width, height) of the image it was made on, where it states them.
        image_name: the name of that image, where it states it.
        done: whether a person accepted it on the annotation page, None where it was not made there.
    """

    text: str | None
    spelled: str
    centres: npt.NDArray[np.float64] = field(repr=False)
    size: tuple[int, int] | None = None
    image_name: str | None = None
    done: bool | None = None


def read_annotation(path: Path | str) -> Annotation:
    """A labelme file: each shape is a character, and the middle of its bounds the character's centre.

    labelme counts from the image's corner, so its (0.5, 0.5) is the middle of the first pixel, which is
    (0, 0) here. One shape alone, not a point, with a longer label is taken as a frame around the text.
    Raises :class:`DataError`, naming the file, where it is not such a file.
    """
    name = show_path(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{name}: not a labelme file: {type(error).__name__}: {error}") from None
    return decode_annotation(content, name)


def decode_annotation(content: bytes, name: str) -> Annotation:
    """The content of a labelme file, as :func:`read_annotation` reads it; errors call it ``name``."""
    try:
        record = json.loads(content.decode("utf-8-sig"))
        text = next((record[key] for key in ("text", "label") if isinstance(record.get(key), str)), None)
        text = None if text is None else _normalise(text)
        shapes = record["shapes"] if text is None else record.get("shapes", [])
        marks = [(*_find_middle(shape), _normalise(shape["label"])) for shape in shapes]
        framed = len(marks) == 1 and len(shapes[0]["points"]) > 1 and len(marks[0][2]) > 1
        done = record["flags"].get("done") if isinstance(record.get("flags"), dict) else None
        width, height, image_name = (record.get(key) for key in ("imageWidth", "imageHeight", "imagePath"))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise DataError(f"{name}: not a labelme file: {type(error).__name__}: {error}") from None
    if framed:
        text, marks = text or marks[0][2], []
    for x, y, label in marks:
        if len(label) != 1 or not (math.isfinite(x) and math.isfinite(y)):
            raise DataError(f"{name}: a shape must be one character at a finite place, got {label!r} at ({x}, {y})")
    marks.sort()
    shown = "".join(label for _, _, label in marks)  # from left to right
    centres = np.array([(x, y) for x, y, _ in marks], dtype=np.float64).reshape(-1, 2)[find_order(shown)]
    size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
    accepted = done if isinstance(done, bool) else None
    return Annotation(text, reorder(shown), centres, size, _find_file_name(image_name), accepted)


def read_labelme(path: Path | str) -> tuple[str, npt.NDArray[np.float64]]:
    """The string and centres of a labelme file's shapes.

    Returns the string and (n, 2) centres, x and y in pixels; for a file without shapes its ``text``,
    if it has one, and no centres. Raises as :func:`read_annotation`.
    """
    found = read_annotation(path)
    return found.spelled or found.text or "", found.centres


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _find_file_name(image_path: Any) -> str | None:
    return image_path.replace("\\", "/").rpartition("/")[2] if isinstance(image_path, str) else None


def _find_middle(shape: dict[str, Any]) -> tuple[float, float]:
    points = [(float(x), float(y)) for x, y in shape["points"]]
    if shape.get("shape_type") == "circle":
        points = points[:1]  # then a point of the rim
    xs, ys = zip(*points, strict=True)
    return (min(xs) + max(xs)) / 2 - 0.5, (min(ys) + max(ys)) / 2 - 0.5


def write_labelme(
    path: Path | str,
    image_path: Path,
    size: tuple[int, int],
    text: str,
    centres: npt.NDArray[np.float64] | None,
    boxes: npt.NDArray[np.float64] | None = None,
) -> None:
    """Writes points that labelme opens, beside ``path`` first and then into place; see :func:`encode_annotation`."""
    write_whole(Path(path), encode_annotation(image_path.name, size, text, centres, boxes))


def encode_annotation(
    image_name: str,
    size: tuple[int, int],
    text: str,
    centres: npt.NDArray[np.float64] | None,
    boxes: npt.NDArray[np.float64] | None = None,
) -> str:
    """Points that labelme opens, as JSON.

    Args:
        image_name: of the file beside which it is to lie.
        size: (width, height) of the image.
        centres: (n, 2), x and y in pixels, in the order of ``text``; without them there is no point, but the string.
        boxes: (n, 4), left, top, right and bottom edges in pixels, kept with each point.
    """
    shapes: list[dict[str, object]] = []
    for i, (x, y) in enumerate([] if centres is None else centres.tolist()):
        point: dict[str, object] = {
            "label": text[i],
            "points": [[round(x + 0.5, 2), round(y + 0.5, 2)]],
            "group_id": None,
            "shape_type": "point",
            "flags": {},
        }
        if boxes is not None:
            point["box"] = [round(edge + 0.5, 2) for edge in boxes[i].tolist()]
        shapes.append(point)
    record: dict[str, object] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": show_path(image_name),
        "imageData": None,
        "imageHeight": size[1],
        "imageWidth": size[0],
        "text": text,
    }
    return format_json(record)
