"""Labels that are stated: in a label file, or in a text file beside each image."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import SUFFIXES, show_path
from fcn_captcha.data.labelme import Annotation
from fcn_captcha.data.places import Place
from fcn_captcha.data.tables import READ, read_table

_LOOK_BYTES = 2**16  # of a file, to see whether it names images
_LOOK_FILES = 20


@dataclass(frozen=True)
class Labelled:
    """An image file and its label.

    Attributes:
        path: the image.
        text: the label, None while it is not known.
        how: what told it, for people.
        place: the folder that it was found in.
        annotation: of the labelme file beside it.
    """

    path: Path
    text: str | None
    how: str
    place: Place
    annotation: Annotation | None = None


# --- label files ----------------------------------------------------------------------------------


def list_table(place: Place, files: list[str], places: list[Place], problems: list[str]) -> list[Labelled]:
    """The images that the first of ``files``, label files of ``place``, lists; what it doesn't list is left out.

    Raises :class:`DataError` where it can't be understood, or lists no file that is there.
    """
    table = place.folder / files[0]
    for other in files[1:]:
        problems.append(f"{show_path(place.folder / other)}: not read, as {files[0]} tells the labels")
    below = {p.folder: p for p in places if p.folder.is_relative_to(place.folder)}
    images = {path for p in below.values() for path in p.images}
    rows = read_table(table, problems)
    paths = _find_listed(place.folder, [row.name for row in rows], images, table, problems)
    if rows and not any(path.exists() for path in paths):
        raise DataError(f"{show_path(table)}: none of the files that it lists is there, such as {show_path(paths[0])}")
    found: dict[Path, Labelled] = {}
    for row, path in zip(rows, paths, strict=True):
        if path in found:
            problems.append(f"{show_path(table)}: {row.place}: {row.name} is listed twice (left out)")
        else:
            around = next((below[p] for p in path.parents if p in below), place)
            found[path] = Labelled(path, row.text, f"from {files[0]}", around)
    unlisted = sorted(images - set(found))
    if unlisted:
        count = "1 image is" if len(unlisted) == 1 else f"{len(unlisted)} images are"
        problems.append(f"{show_path(unlisted[0])}: {count} not listed in {files[0]} (left out)")
    return list(found.values())


def _find_listed(folder: Path, names: list[str], images: set[Path], table: Path, problems: list[str]) -> list[Path]:
    """The files that a label file names: by their bare names where no path is right and each name is there once."""
    paths = [_find_image(folder, name, images) for name in names]
    bare, listed = {path.name: path for path in images}, {path.name for path in paths}
    unique = len(bare) == len(images) and len(listed) == len(paths)
    if not unique or not bare.keys() & listed or any(path.exists() for path in paths):
        return paths
    problems.append(
        f"{show_path(table)}: no file lies where it says, such as {show_path(paths[0])}; "
        "those of the same names are taken instead"
    )
    return [bare.get(path.name, path) for path in paths]


def _find_image(folder: Path, name: str, images: set[Path]) -> Path:
    """The file that a label file names: backslashes separate too, and an ending may be missing."""
    path = folder / name
    if path not in images and "\\" in name:
        path = folder / name.replace("\\", "/")
    if path not in images and path.suffix.lower() not in SUFFIXES:
        return next((p for p in (path.with_name(path.name + s) for s in SUFFIXES) if p in images), path)
    return path


# --- files beside the images ----------------------------------------------------------------------


def list_bare(place: Place) -> list[Labelled]:
    """The images of a folder, their labels unknown."""
    return [Labelled(path, None, "", place) for path in place.images]


def list_beside(place: Place, below: set[str], problems: list[str]) -> list[Labelled]:
    """The images of a folder, with the labels that text files beside at least half of them tell.

    Raises :class:`DataError` where a file lists some of the images ``below`` and is not called a label file.
    """
    beside = {}
    for path in place.images:
        name = next((n for n in (f"{path.stem}.gt.txt", f"{path.stem}.txt") if n in place.others), None)
        if name is not None:
            beside[path] = place.folder / name
    if 2 * len(beside) < len(place.images):
        for text_file in list(beside.values())[:1]:
            count = f"{len(beside)} of {len(place.images)} images"
            problems.append(f"{show_path(text_file)}: only {count} have such a file beside them (not read)")
        beside = {}
    if not beside:
        _check_unread(place, below)
        return list_bare(place)
    found = []
    for path in place.images:
        try:
            text = _read_text(path, beside.get(path))
        except DataError as error:
            problems.append(f"{error} (left out)")
        else:
            found.append(Labelled(path, text, "from the .txt beside each image", place))
    return found


def _read_text(path: Path, beside: Path | None) -> str:
    if beside is None:
        raise DataError(f"{show_path(path)}: no .txt beside it tells its label, as for other images here")
    return decode_text(beside.read_bytes(), show_path(beside))


def decode_text(content: bytes, name: str) -> str:
    """The label in a file of one line. Raises :class:`DataError`, with the file's ``name``, for anything else."""
    try:
        decoded = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: not UTF-8 ({error.reason})") from None
    lines = [line.strip() for line in decoded.split("\n") if line.strip()]
    if len(lines) != 1 or re.fullmatch(r"\d+( +[\d.]+){4}", lines[0]):
        shown = f"{len(lines)} lines" if len(lines) != 1 else f"numbers, {lines[0]!r}"
        raise DataError(f"{name}: one line, the label, is needed, got {shown}")
    return unicodedata.normalize("NFC", lines[0])


def _check_unread(place: Place, images: set[str]) -> None:
    """Raises :class:`DataError` where a file names images as a label file does, but is not called one."""
    texts = sorted(n for n in place.others if Path(n).suffix.lower() in READ and Path(n).stem not in place.by_stem)
    endings = "|".join(map(re.escape, SUFFIXES))
    for name in texts[:_LOOK_FILES]:
        with (place.folder / name).open("rb") as file:
            content = file.read(_LOOK_BYTES).decode("utf-8", "replace")
        listed = images & set(re.findall(rf"[^\n\r\t,;:|\"'/\\]+(?:{endings})", content))
        if len(listed) >= min(3, max(1, len(images))):
            raise DataError(
                f"{show_path(place.folder / name)}: it names images of this folder, such as {min(listed)}; if it "
                f"tells their labels, call it labels{Path(name).suffix}, with lines such as 0.png,AB12; if not, move "
                "it elsewhere, or take the labels from the file names with --label-pattern '(.+)'"
            )
