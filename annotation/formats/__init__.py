"""Annotations to the formats of other tools, and from them: a file a format, registered here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from annotation.formats import coco_keypoints, csv_table, cvat_xml, label_studio, labelme_files
from annotation.formats.annotated import Annotated, Stated, read_annotated
from annotation.formats.importing import import_stated
from fcn_captcha.data.files import write_whole

Format = TypeVar("Format")

EXPORTS: dict[str, Callable[[Sequence[Annotated]], str]] = {
    "coco": coco_keypoints.encode,
    "cvat": cvat_xml.encode,
    "label-studio": label_studio.encode,
    "csv": csv_table.encode,
}
IMPORTS: dict[str, Callable[[Path, list[str]], list[Stated]]] = {
    "labelme": labelme_files.decode,
    "label-studio": label_studio.decode,
    "csv": csv_table.decode,
}


def export_folder(folder: Path | str, format: str, path: Path | str) -> tuple[int, list[str]]:
    """Writes the annotated images of a folder, those with a labelme file beside them, as one file.

    Args:
        folder: of the images, which stay where they are; the file has their names.
        format: one of ``EXPORTS``.
        path: the file, written whole or not at all.

    Returns how many images it has, and a line for each annotation that was left out. Raises ``ValueError``
    for another format, :class:`~fcn_captcha.data.errors.DataError` where the folder holds no image.
    """
    encode = _find(EXPORTS, format)
    problems: list[str] = []
    images = read_annotated(Path(folder), problems)
    write_whole(Path(path), encode(images))
    return len(images), problems


def import_file(folder: Path | str, format: str, path: Path | str, overwrite: bool = False) -> int:
    """Writes what another tool's file says as labelme files beside the images of a folder.

    Args:
        folder: of the images.
        format: one of ``IMPORTS``.
        path: the file; for labelme a file or a folder of files.
        overwrite: whether annotations that are there and say something else may be replaced.

    Returns how many were written; those that are there and say the same stay. All is checked before the first
    is written. Raises ``ValueError`` for another format, :class:`~fcn_captcha.data.errors.DataError` with a line
    for each problem, and then nothing was written.
    """
    decode = _find(IMPORTS, format)
    problems: list[str] = []
    stated = decode(Path(path), problems)
    return import_stated(Path(folder), Path(path), stated, problems, overwrite)


def _find(formats: dict[str, Format], name: str) -> Format:
    if name not in formats:
        raise ValueError(f"format: {', '.join(formats)} is needed, got {name!r}")
    return formats[name]
