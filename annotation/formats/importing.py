"""Annotations from elsewhere beside the images: all is checked, then written."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotation.formats.annotated import Annotated, Stated, list_images, spell
from annotation.formats.labelme_files import read_record, write_beside
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import read_image, show_path
from fcn_captcha.data.labelme import read_annotation
from fcn_captcha.data.samples import find_name

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # what Label Studio puts before the name of an uploaded file
_SHOWN = 20  # problems in an error
_SAME_PX = 0.011  # labelme files have two decimals


@dataclass(frozen=True)
class _Job:
    path: Path
    image_path: Path
    image: Annotated
    done: bool


def import_stated(
    folder: Path, source: Path, stated: Sequence[Stated], problems: list[str], overwrite: bool = False
) -> int:
    """Writes labelme files; see :func:`annotation.formats.import_file`. ``problems`` are those found before."""
    images = list_images(folder)
    jobs: dict[Path, _Job] = {}
    for entry in stated:
        try:
            image_path = _find_image(folder, entry.name, images)
            job = _check(folder, image_path, entry)
            other = jobs.setdefault(job.path, job)
            if other is not job:
                raise DataError(f"{entry.name} and {other.image.name} would have one file, {job.path.name}")
            if job.path.exists() and not _is_there(job):
                read_record(job.path)  # what is no labelme file is never replaced
                if not overwrite:
                    raise DataError(f"{show_path(job.path)} is there and says something else; --overwrite replaces it")
        except DataError as error:
            problems.append(f"{show_path(source)}: {entry.place}: {error}")
    if problems:
        more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        shown = "".join(f"\n  {line}" for line in problems[:_SHOWN])
        raise DataError(f"{show_path(source)}: nothing was written, as of its annotations can't be taken:{shown}{more}")
    todo = [job for job in jobs.values() if not (job.path.exists() and _is_there(job))]
    for job in todo:
        write_beside(job.path, job.image_path, job.image, job.done)
    return len(todo)


def _find_image(folder: Path, stated: str, images: Sequence[Path]) -> Path:
    """The image that a name, path or address means: by its path in the folder, else by its bare name."""
    name = stated.replace("\\", "/")
    bare = name.rpartition("/")[2]
    for wanted in (bare, _UPLOADED.sub("", bare)):
        found = [path for path in images if path.name == wanted]
        exact = [path for path in found if ("/" + name).endswith("/" + find_name(path, folder))]
        if len(exact) > 1:  # a/1.png and 1.png: the longer path says more
            exact = [max(exact, key=lambda path: len(path.parts))]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if found:
            raise DataError(f"{stated} could be {' or '.join(find_name(path, folder) for path in found)}")
    raise DataError(f"no image {stated} in {show_path(folder)}")


def _check(folder: Path, image_path: Path, entry: Stated) -> _Job:
    name = find_name(image_path, folder)
    height, width = read_image(image_path).shape[:2]
    if entry.size not in (None, (width, height)):
        raise DataError(f"{name} has {width}×{height} px, not {'×'.join(map(str, entry.size or ()))}")
    marks = [(x, y, unicodedata.normalize("NFC", label)) for x, y, label in entry.marks]
    for x, y, label in marks:
        if len(label) != 1:
            raise DataError(f"{name}: a point's label must be one character, got {label!r}")
        if not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5):
            raise DataError(f"{name}: the point of {label!r}, ({x:g}, {y:g}), lies outside its {width}×{height} px")
    spelled, centres = spell(marks)
    text = spelled if entry.text is None else unicodedata.normalize("NFC", entry.text)
    if not text:
        raise DataError(f"{name}: neither string nor points are stated")
    if marks and spelled != text:
        raise DataError(f"{name}: its points spell {spelled!r}, its string is {text!r}")
    image = Annotated(name, (width, height), text, centres if marks else None)
    return _Job(image_path.with_suffix(".json"), image_path, image, entry.done)


def _is_there(job: _Job) -> bool:
    """Whether the file that is there says the same, and of this image."""
    try:
        own = read_annotation(job.path)
    except DataError:
        return False
    centres = job.image.centres if job.image.centres is not None else np.zeros((0, 2))
    return (
        (own.text or own.spelled) == job.image.text
        and own.centres.shape == centres.shape
        and bool((np.abs(own.centres - centres) < _SAME_PX).all())
        and own.image_name in (None, job.image_path.name)
    )
