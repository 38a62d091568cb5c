"""Label Studio's JSON (https://labelstud.io/guide/task_format): a list of tasks with keypoints.

Places are in percent of the image from its corner. The labelling configuration that shows such a file needs
``<Image name="image" value="$image"/>``, ``<KeyPointLabels name="character" toName="image">`` with a ``Label`` for
each character, and ``<TextArea name="text" toName="image"/>``.
"""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from annotation.formats.annotated import Annotated, Mark, Stated
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import show_path

_POINT_PERCENT = 0.5  # how large Label Studio draws a point


def encode(images: Sequence[Annotated]) -> str:
    """The file's content."""
    tasks = [
        {"data": {"image": image.name, "text": image.text}, "annotations": [{"result": list(_make_results(image))}]}
        for image in images
    ]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _make_results(image: Annotated) -> Iterator[dict[str, Any]]:
    width, height = image.size
    frame = {"to_name": "image", "original_width": width, "original_height": height, "image_rotation": 0}
    for index, (x, y) in enumerate([] if image.centres is None else image.centres.tolist()):
        yield {
            "id": f"character-{index}",
            "from_name": "character",
            "type": "keypointlabels",
            **frame,
            "value": {
                "x": 100 * (x + 0.5) / width,
                "y": 100 * (y + 0.5) / height,
                "width": _POINT_PERCENT,
                "keypointlabels": [image.text[index]],
            },
        }
    yield {"id": "text", "from_name": "text", "type": "textarea", **frame, "value": {"text": [image.text]}}


def decode(path: Path, problems: list[str]) -> list[Stated]:
    """What an export of type "JSON" says, an entry a task that says anything.

    Of several annotations it is the one marked as ground truth, else the last that was not skipped; where
    there is none, the last prediction, which no person has accepted. ``problems`` gets a line for each task
    that can't be understood. Raises :class:`DataError` where it is no such file.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(f"{show_path(path)}: can't be read as JSON: {error}") from None
    if not isinstance(tasks, list):
        raise DataError(f"{show_path(path)}: a list of tasks is needed, an export of the type JSON")
    found = []
    for number, task in enumerate(tasks, 1):
        try:
            entry = _read_task(f"task {number}", task)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problems.append(f"{show_path(path)}: task {number}: {_explain(error)}")
        else:
            found += [entry] if entry else []
    return found


def _explain(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _read_task(place: str, task: dict[str, Any]) -> Stated | None:
    made = [a for a in task.get("annotations", []) if not a.get("was_cancelled")]
    made.sort(key=lambda a: bool(a.get("ground_truth")))
    chosen = (made or task.get("predictions") or [None])[-1]
    if not isinstance(chosen, dict) or not chosen.get("result"):
        return None
    results = chosen["result"]
    marks = [_read_mark(i, r) for i, r in enumerate(results, 1) if r.get("type") == "keypointlabels"]
    sizes = {(r["original_width"], r["original_height"]) for r in results if "original_width" in r}
    if len(sizes) > 1:
        raise ValueError(f"its results are of images of several sizes: {sorted(sizes)}")
    areas = [t for r in results if r.get("type") == "textarea" for t in _list_texts(r["value"]["text"])]
    text = areas[-1] if areas else task["data"].get("text")
    text = text if isinstance(text, str) else None
    return Stated(place, find_image_name(task), sizes.pop() if sizes else None, text, tuple(marks), bool(made))


def _list_texts(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def _read_mark(number: int, result: dict[str, Any]) -> Mark:
    value, (width, height) = result["value"], (result["original_width"], result["original_height"])
    labels = value["keypointlabels"]
    if result.get("image_rotation"):
        raise ValueError(f"result {number}: an image that was not turned is needed, got {result['image_rotation']}°")
    if len(labels) != 1:
        raise ValueError(f"result {number}: one label is needed, got {labels}")
    x, y = value["x"] * width / 100 - 0.5, value["y"] * height / 100 - 0.5
    if not math.isfinite(x + y):
        raise ValueError(f"result {number}: x and y must be finite, got {value['x']} and {value['y']}")
    return x, y, str(labels[0])


def find_image_name(task: dict[str, Any]) -> str:
    """The path or name of a task's image: of an address its path, of a local file what stands behind ``?d=``."""
    data = task["data"]
    values = [data["image"]] if "image" in data else [v for k, v in data.items() if k != "text"]
    address = next((v for v in values if isinstance(v, str)), None)
    if address is None:
        raise KeyError("data.image")
    if not ("://" in address or address.startswith("/")):
        return address
    parts = urlsplit(address)
    local = parse_qs(parts.query).get("d")
    return local[0] if local else unquote(parts.path)
