"""COCO's keypoints (https://cocodataset.org/#format-data): a category a character, with one keypoint, its centre.

COCO's keypoints are counted from the middle of the first pixel, as here, its boxes from the image's corner: the
box of a character is the pixel of its centre. Each image has one key more, ``text``, each character ``index``, its
place in the string.
"""

import json
from collections.abc import Sequence
from typing import Any

from annotation.formats.annotated import Annotated

_VISIBLE = 2


def encode(images: Sequence[Annotated]) -> str:
    """The file's content."""
    characters = sorted({c for image in images for c in image.text})
    number = {character: i for i, character in enumerate(characters, 1)}
    records: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, image in enumerate(images, 1):
        width, height = image.size
        records.append({"id": image_id, "file_name": image.name, "width": width, "height": height, "text": image.text})
        for index, (x, y) in enumerate([] if image.centres is None else image.centres.round(3).tolist()):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": number[image.text[index]],
                    "keypoints": [x, y, _VISIBLE],
                    "num_keypoints": 1,
                    "bbox": [x, y, 1, 1],
                    "area": 1,
                    "iscrowd": 0,
                    "index": index,
                }
            )
    categories = [
        {"id": i, "name": c, "supercategory": "character", "keypoints": ["centre"], "skeleton": []}
        for c, i in number.items()
    ]
    record = {"info": {}, "licenses": [], "images": records, "annotations": annotations, "categories": categories}
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"
