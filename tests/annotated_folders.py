"""A folder of images with annotations of every kind, and what they say."""

from pathlib import Path

import numpy as np
from conftest import write_png

from annotation.formats.annotated import Annotated, read_annotated
from fcn_captcha.data.labelme import write_labelme

SIZE = 60, 24

# The string and the centres of its characters; None where only the string is known.
ANNOTATED: dict[str, tuple[str, list[tuple[float, float]] | None]] = {
    "AB-1.png": ("AB", [(10.25, 7.5), (33.33, 8.01)]),
    "a'\"&<b>;.png": ("\"<'", [(3, 4), (20.5, 5), (59.49, 23.49)]),
    "rtl-2.png": ("אב12", [(50, 11), (40.5, 11), (10, 12), (20, 12.75)]),
    "sub/中文-3.png": ("中文", [(-0.5, -0.5), (7.77, 3.21)]),
    "only, text.png": ('7,"8', None),
}


def write_annotated(folder: Path) -> Path:
    """The images above with their annotations, and one without any."""
    for i, (name, (text, centres)) in enumerate([*ANNOTATED.items(), ("bare.png", ("", None))]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_png(path, 30 + 30 * i, SIZE)
        if text:
            places = None if centres is None else np.array(centres, dtype=np.float64)
            write_labelme(path.with_suffix(".json"), path, SIZE, text, places)
    return folder


def remove_annotations(folder: Path) -> None:
    for path in folder.rglob("*.json"):
        path.unlink()


def check_annotated(images: list[Annotated]) -> None:
    """That they are those above, to 0.01 px."""
    assert {image.name for image in images} == set(ANNOTATED)
    for image in images:
        text, centres = ANNOTATED[image.name]
        assert image.text == text
        assert image.size == SIZE
        if centres is None:
            assert image.centres is None
        else:
            assert image.centres is not None
            np.testing.assert_allclose(image.centres, centres, atol=0.0101)


def read_all(folder: Path) -> list[Annotated]:
    problems: list[str] = []
    images = read_annotated(folder, problems)
    assert not problems
    return images
