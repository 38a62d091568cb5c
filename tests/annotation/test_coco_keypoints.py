import json
from pathlib import Path

import numpy as np
from annotated_folders import ANNOTATED, check_annotated, read_all, write_annotated

from annotation.formats import coco_keypoints
from annotation.formats.annotated import Annotated


def test_it_has_coco_s_keys_and_refers_to_what_is_there(tmp_path: Path) -> None:
    record = json.loads(coco_keypoints.encode(read_all(write_annotated(tmp_path))))
    assert set(record) == {"info", "licenses", "images", "annotations", "categories"}
    images = {i["id"]: i for i in record["images"]}
    categories = {c["id"]: c for c in record["categories"]}
    assert len(images) == len(ANNOTATED)
    assert sorted(c["name"] for c in categories.values()) == sorted({c for t, _ in ANNOTATED.values() for c in t})
    assert [a["id"] for a in record["annotations"]] == list(range(1, 12))
    for annotation in record["annotations"]:
        assert annotation["image_id"] in images
        category = categories[annotation["category_id"]]
        assert len(annotation["keypoints"]) == 3 * len(category["keypoints"]) == 3
        assert annotation["num_keypoints"] == 1
        assert annotation["keypoints"][2] == 2
        assert annotation["bbox"] == [*annotation["keypoints"][:2], 1, 1]


def test_everything_can_be_told_from_it(tmp_path: Path) -> None:
    record = json.loads(coco_keypoints.encode(read_all(write_annotated(tmp_path))))
    names = {c["id"]: c["name"] for c in record["categories"]}
    found = []
    for image in record["images"]:
        own = sorted((a for a in record["annotations"] if a["image_id"] == image["id"]), key=lambda a: a["index"])
        assert not own or "".join(names[a["category_id"]] for a in own) == image["text"]
        centres = np.array([a["keypoints"][:2] for a in own]) if own else None
        found.append(Annotated(image["file_name"], (image["width"], image["height"]), image["text"], centres))
    check_annotated(found)


def test_the_pixels_are_counted_as_coco_does() -> None:
    record = json.loads(coco_keypoints.encode([Annotated("a.png", (9, 9), "x", np.array([[0.0, 2.5]]))]))
    assert record["annotations"][0]["keypoints"] == [0, 2.5, 2]
