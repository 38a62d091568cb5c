"""A labelme file as what the page shows and changes: characters at points. All else in it stays as it is."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fcn_captcha.data.errors import DataError
from fcn_captcha.maps.reading_order import reorder

MOST_POINTS = 1000
LARGEST_BYTES = 2**26  # of a labelme file, which may hold the image itself
_VERSION = "5.5.0"


@dataclass(frozen=True)
class Point:
    """A character's centre in labelme's pixels: (0.5, 0.5) is the middle of the first one.

    Attributes:
        label: one character, or '' while none is set.
        x, y: pixels from the image's corner.
        extra: the JSON of the shape that it was read from, so that nothing else of it is lost; '' of a new one.
    """

    label: str
    x: float
    y: float
    extra: str = ""


@dataclass(frozen=True)
class State:
    """What the page shows of an image: its points, and whether a person has accepted them."""

    points: tuple[Point, ...] = ()
    done: bool = False

    @property
    def text(self) -> str:
        """The labels in reading order."""
        return reorder("".join(point.label for point in sorted(self.points, key=lambda point: round(point.x, 2))))

    def is_like(self, other: "State") -> bool:
        """Whether both show the same, whatever else lies in the shapes."""
        return self.done == other.done and self.list_marks() == other.list_marks()

    def list_marks(self) -> list[tuple[float, float, str]]:
        """x, y and letter of each point, as exactly as a file holds them, in one order."""
        return sorted((round(p.x, 2), round(p.y, 2), p.label) for p in self.points)


def parse_record(content: bytes, name: str) -> dict[str, Any]:
    """The content of a labelme file. Raises :class:`DataError`, naming it, for anything else."""
    try:
        record = json.loads(content.decode("utf-8-sig"))
        if not isinstance(record, dict) or not isinstance(record.get("shapes", []), list):
            raise ValueError("no object with shapes")
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}: not a labelme file, and left as it is: {error}") from None
    return record


def read_state(record: dict[str, Any]) -> State:
    """What the page shows of a labelme file."""
    points = tuple(point for shape in record.get("shapes", []) if (point := _find_point(shape)) is not None)
    flags = record.get("flags")
    return State(points, isinstance(flags, dict) and flags.get("done") is True)


def count_others(record: dict[str, Any]) -> int:
    """How many shapes are no characters; they are never changed."""
    return sum(_find_point(shape) is None for shape in record.get("shapes", []))


def find_text(record: dict[str, Any]) -> str | None:
    """The string that the file states."""
    text = next((record[key] for key in ("text", "label") if isinstance(record.get(key), str)), None)
    return unicodedata.normalize("NFC", text) if text else None


def parse_state(record: Any) -> State:
    """What the page sent. Raises ``ValueError``, naming the key, for what is no state."""
    if not isinstance(record, dict) or not isinstance(record.get("points"), list):
        raise ValueError("points: a list is needed")
    if not isinstance(record.get("done"), bool):
        raise ValueError(f"done: true or false is needed, got {record.get('done')!r}")
    if len(record["points"]) > MOST_POINTS:
        raise ValueError(f"points: at most {MOST_POINTS} are taken, got {len(record['points'])}")
    return State(tuple(map(_parse_point, record["points"])), record["done"])


def _parse_point(record: Any) -> Point:
    if not isinstance(record, dict) or not all(_is_number(record.get(key)) for key in "xy"):
        raise ValueError("points: each needs finite numbers x and y")
    label, extra = record.get("label"), record.get("extra", "")
    if not isinstance(label, str) or len(unicodedata.normalize("NFC", label)) > 1:
        raise ValueError(f"points: a label is one character or '', got {label!r}")
    point = Point(unicodedata.normalize("NFC", label), float(record["x"]), float(record["y"]), extra)
    if not isinstance(extra, str) or (extra and _find_point(_load(extra)) is None):
        raise ValueError("points: extra must be the JSON of a shape of one character, as it was sent")
    return point


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def apply_state(record: dict[str, Any] | None, state: State, image_name: str, size: tuple[int, int]) -> dict[str, Any]:
    """A labelme file with the points of ``state``; unknown keys and shapes that are no characters survive.

    Args:
        record: the file before, None where there was none.
        image_name: of the file beside it.
        size: (width, height) of the image.

    The string becomes the file's ``text`` once it is done; until then a text that was there stays.
    """
    width, height = size
    for point in state.points:
        if not (0 <= point.x <= width and 0 <= point.y <= height):
            raise ValueError(f"points: ({point.x}, {point.y}) lies outside the image of {width}×{height} px")
    if state.done and not (state.points and all(point.label for point in state.points)):
        raise ValueError("done: each point needs its letter, and one point at least is needed")
    before = record or {"version": _VERSION, "flags": {}}
    others = [shape for shape in before.get("shapes", []) if _find_point(shape) is None]
    flags = before.get("flags") if isinstance(before.get("flags"), dict) else {}
    after = {
        **before,
        "flags": {**(flags or {}), "done": state.done},
        "shapes": others + [_make_shape(point) for point in state.points],
        "imagePath": image_name,
        "imageData": before.get("imageData"),
        "imageHeight": height,
        "imageWidth": width,
    }
    if state.done:
        after["text"] = state.text
    return after


def _find_point(shape: Any) -> Point | None:
    """A shape of one character as its point; None for a frame, a longer label or what is no shape."""
    try:
        label = unicodedata.normalize("NFC", shape["label"])
        points = _select_points(shape)
        if len(label) > 1 or not points:
            return None
        x, y = _find_middle(points)
        return Point(label, round(x, 2), round(y, 2), json.dumps(shape))
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def _select_points(shape: dict[str, Any]) -> Sequence[Sequence[float]]:
    points: Sequence[Sequence[float]] = shape["points"]
    if not all(len(point) == 2 and all(map(_is_number, point)) for point in points):
        raise ValueError("points: pairs of finite numbers are needed")
    return points[:1] if shape.get("shape_type") == "circle" else points  # then a point of the rim


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _find_middle(points: Sequence[Sequence[float]]) -> tuple[float, float]:
    xs, ys = zip(*points, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _make_shape(point: Point) -> dict[str, Any]:
    """labelme's shape: a new point, or the shape that it was, moved there as a whole."""
    if not point.extra:
        place = [[round(point.x, 2), round(point.y, 2)]]
        return {"label": point.label, "points": place, "group_id": None, "shape_type": "point", "flags": {}}
    shape: dict[str, Any] = json.loads(point.extra)
    before = _find_point(shape)
    if before is not None and (round(point.x, 2), round(point.y, 2)) != (before.x, before.y):
        x, y = _find_middle(_select_points(shape))
        moved = [[round(px + point.x - x, 2), round(py + point.y - y, 2)] for px, py in shape["points"]]
        shape = {**shape, "points": moved}
    return {**shape, "label": point.label}
