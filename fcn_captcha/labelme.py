"""Centres as labelme's point shapes, in a JSON file beside the image."""

import json
import math
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fcn_captcha.images import DataError


def read_labelme(path: Path | str) -> tuple[str, npt.NDArray[np.float64]]:
    """The string and centres of a labelme file's points, from left to right.

    Returns the string and (n, 2) centres, x and y in pixels; for a file without points its ``text``,
    if it has one, and no centres. labelme counts from the image's
    corner, so its (0.5, 0.5) is the middle of the first pixel, which is (0, 0) here.
    Raises :class:`DataError`, naming the file, where it is not such a file.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        points = [
            (float(x) - 0.5, float(y) - 0.5, unicodedata.normalize("NFC", shape["label"]))
            for shape in record["shapes"]
            if shape.get("shape_type") == "point"
            for x, y in shape["points"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise DataError(f"{path}: not a labelme file: {type(error).__name__}: {error}") from None
    for x, y, label in points:
        if len(label) != 1 or not (math.isfinite(x) and math.isfinite(y)):
            raise DataError(f"{path}: a point must be one character at a finite place, got {label!r} at ({x}, {y})")
    if not points and isinstance(record.get("text"), str):
        return unicodedata.normalize("NFC", record["text"]), np.zeros((0, 2))
    points.sort()
    centres = np.array([point[:2] for point in points], dtype=np.float64).reshape(-1, 2)
    return "".join(point[2] for point in points), centres


def write_labelme(
    path: Path | str,
    image_path: Path,
    size: tuple[int, int],
    text: str,
    centres: npt.NDArray[np.float64] | None,
    boxes: npt.NDArray[np.float64] | None = None,
) -> None:
    """Writes points that labelme opens, beside ``path`` first and then into place.

    Args:
        size: (width, height) of the image.
        centres: (n, 2), x and y in pixels; without them there is no point, but the string.
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
        "imagePath": image_path.name,
        "imageData": None,
        "imageHeight": size[1],
        "imageWidth": size[0],
        "text": text,
    }
    temporary = Path(path).with_suffix(".json.part")
    temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)
