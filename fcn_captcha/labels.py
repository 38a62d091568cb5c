"""Which label each image of a folder has, and what tells it.

First what is stated: ``--label-pattern``, a label file, a text file beside each image. Else the name,
of the folder where the files in it are merely numbered; unless the JSON files beside most images say
otherwise, for then the names hold no labels.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from fcn_captcha.images import SUFFIXES, DataError, show_path
from fcn_captcha.labelme import Annotation, read_annotation
from fcn_captcha.naming import are_numbered, find_name_labels, match_names
from fcn_captcha.places import Place, describe_parts, describe_unread, find_places
from fcn_captcha.tables import READ, read_table

_LOOK_BYTES = 2**16  # of a file, to see whether it names images
_LOOK_FILES = 20
_BESIDE_JSON = "from the JSON beside each image"


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


def list_labels(folder: Path, pattern: str | None, problems: list[str], notes: list[str]) -> list[Labelled]:
    """All images of a folder that have a label, those of the test part first.

    Args:
        folder: of the data.
        pattern: labels are its first group, matched against the whole stem of each name.
        problems: gets a line for each file that is left out.
        notes: gets a line for what was decided.

    Raises :class:`DataError` where there is no image, or a label file that can't be understood.
    """
    places = find_places(folder)
    notes += describe_parts(places)
    problems += describe_unread(places)
    found: list[Labelled] = []
    covered: set[Path] = set()
    for place in places:
        files = place.label_files
        if place.folder in covered:
            continue
        if files and pattern is not None:
            problems.append(f"{show_path(place.folder / files[0])}: not read, as --label-pattern is given")
        elif files:
            found += _list_table(place, files, places, problems)
            covered |= {p.folder for p in places if p.folder.is_relative_to(place.folder)}
            continue
        found += _list_beside(place, problems) if pattern is None else _list_bare(place)
    if not found and not any(place.images for place in places):
        raise DataError(f"{show_path(folder)}: no image in it (looked for {', '.join(SUFFIXES)})")
    found = [_add_annotation(entry, problems) for entry in found]
    labelled = _name(found, pattern, problems)
    return sorted(labelled, key=lambda entry: ("test", "threshold", "training", None).index(entry.place.part))


# --- label files ----------------------------------------------------------------------------------


def _list_table(place: Place, files: list[str], places: list[Place], problems: list[str]) -> list[Labelled]:
    table = place.folder / files[0]
    for other in files[1:]:
        problems.append(f"{show_path(place.folder / other)}: not read, as {files[0]} tells the labels")
    below = {p.folder: p for p in places if p.folder.is_relative_to(place.folder)}
    images = {path for p in below.values() for path in p.images}
    rows = read_table(table, problems)
    paths = _find_listed(place.folder, [row.name for row in rows], images, table, problems)
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


# --- files beside the images -------------------------------------------------------------------------


def _list_bare(place: Place) -> list[Labelled]:
    return [Labelled(path, None, "", place) for path in place.images]


def _list_beside(place: Place, problems: list[str]) -> list[Labelled]:
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
        _check_unread(place)
        return _list_bare(place)
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
    try:
        lines = [line.strip() for line in beside.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(f"{show_path(beside)}: not UTF-8 ({error.reason})") from None
    if len(lines) != 1 or re.fullmatch(r"\d+( +[\d.]+){4}", lines[0]):
        shown = f"{len(lines)} lines" if len(lines) != 1 else f"numbers, {lines[0]!r}"
        raise DataError(f"{show_path(beside)}: one line, the label, is needed, got {shown}")
    return unicodedata.normalize("NFC", lines[0])


def _check_unread(place: Place) -> None:
    """Raises :class:`DataError` where a file names images as a label file does, but is not called one."""
    names = {path.name for path in place.images}
    stems = {path.stem for path in place.images}
    texts = sorted(n for n in place.others if Path(n).suffix.lower() in READ and Path(n).stem not in stems)
    for name in texts[:_LOOK_FILES]:
        with (place.folder / name).open("rb") as file:
            content = file.read(_LOOK_BYTES).decode("utf-8", "replace")
        listed = names & set(re.findall(rf"[^\s,;:|\"'/\\]+(?:{'|'.join(map(re.escape, SUFFIXES))})", content))
        if len(listed) >= min(3, max(1, len(names))):
            raise DataError(
                f"{show_path(place.folder / name)}: it names images of this folder, such as {sorted(listed)[0]}; if it "
                f"tells their labels, call it labels{Path(name).suffix}, with lines such as 0.png,AB12; if not, move "
                "it elsewhere, or take the labels from the file names with --label-pattern '(.+)'"
            )


def _add_annotation(entry: Labelled, problems: list[str]) -> Labelled:
    path = entry.path.with_suffix(".json")
    inside = path.parent == entry.place.folder
    if not (path.name in entry.place.others if inside else path.exists()):
        return entry
    try:
        annotation = read_annotation(path)
    except DataError as error:
        problems.append(f"{error} (not used)")
        return entry
    owners = [p.name for p in entry.place.images if p.stem == entry.path.stem]
    if len(owners) > 1 and annotation.image_name != entry.path.name:
        of = annotation.image_name if annotation.image_name in owners else "one of them, but does not say which"
        problems.append(
            f"{show_path(path)}: beside {' and '.join(owners)}; it is of {of} (not used for {entry.path.name})"
        )
        return entry
    return replace(entry, annotation=annotation)


# --- names ----------------------------------------------------------------------------------------


def _name(entries: list[Labelled], pattern: str | None, problems: list[str]) -> list[Labelled]:
    """The entries with labels from names where nothing else told them, without those that have none."""
    nameless = [entry for entry in entries if entry.text is None and not _is_utf8(entry.path)]
    problems += [f"{show_path(e.path)}: its name is not UTF-8, so it tells no label (left out)" for e in nameless]
    waiting = [entry for entry in entries if entry.text is None and _is_utf8(entry.path)]
    stated = [entry for entry in entries if entry.text is not None]
    if pattern is not None:
        return stated + _name_by_pattern(waiting, pattern, problems)
    named, warnings = _name_by_folder(waiting)
    named = _heed_annotations(named, problems)
    if any(entry.how != _BESIDE_JSON for entry in named):
        problems += warnings
    return stated + named


def _is_utf8(path: Path) -> bool:
    return show_path(path.name) == path.name


def _name_by_pattern(entries: list[Labelled], pattern: str, problems: list[str]) -> list[Labelled]:
    found = match_names([entry.path.stem for entry in entries], pattern)
    named = []
    for entry, label in zip(entries, found.labels, strict=True):
        if label is None:
            problems.append(f"{show_path(entry.path)}: its name does not match --label-pattern '{pattern}' (left out)")
        else:
            named.append(replace(entry, text=label, how=found.how))
    return named


def _name_by_folder(entries: list[Labelled]) -> tuple[list[Labelled], list[str]]:
    """Labels from the folders' names where the files in them are merely numbered, else from their own; warnings."""
    groups: dict[Path, list[str]] = {}
    for entry in entries:
        if entry.place.folder != entry.place.root:
            groups.setdefault(entry.place.folder, []).append(entry.path.stem)
    if len({path.name for path in groups}) < 2 or not are_numbered(list(groups.values())):
        groups = {}
    own = [entry for entry in entries if not groups or entry.place.folder == entry.place.root]
    found = find_name_labels([entry.path.stem for entry in own])
    labels = dict(zip((entry.path for entry in own), found.labels, strict=True))
    how = "from the folders' names, as the files in them are numbered"
    named = [
        replace(entry, text=labels[entry.path], how=found.how)
        if entry.path in labels
        else replace(entry, text=unicodedata.normalize("NFC", entry.place.folder.name), how=how)
        for entry in entries
    ]
    return named, list(found.warnings)


def _heed_annotations(entries: list[Labelled], problems: list[str]) -> list[Labelled]:
    """Where the JSON files of most images say something else than the names, the names hold no labels."""
    said = {e.path: e.annotation.text or e.annotation.spelled for e in entries if e.annotation is not None}
    said = {path: text for path, text in said.items() if text}
    labels = {entry.path: entry.text or "" for entry in entries}
    contrary = sum(Levenshtein.normalized_similarity(text, labels[path]) < 0.5 for path, text in said.items())
    if 2 * contrary > len(said):
        without = [entry.path for entry in entries if entry.path not in said]
        problems += [
            f"{show_path(path)}: no JSON beside it tells its label, and as those of other images show, its name does "
            "not either (left out)"
            for path in without
        ]
        return [replace(e, text=said[e.path], how=_BESIDE_JSON) for e in entries if e.path in said]
    return [_heed_text(entry, problems) for entry in entries]


def _heed_text(entry: Labelled, problems: list[str]) -> Labelled:
    """The label that the JSON states, where the name says the same but for signs that no name can hold."""
    name, text = entry.text or "", entry.annotation.text if entry.annotation is not None else None
    if not text or text == name:
        return entry
    if len(text) == len(name) and all(n in ("_", t) for n, t in zip(name, text, strict=True)):
        return replace(entry, text=text, how=_BESIDE_JSON)
    shown = show_path(entry.path.with_suffix(".json"))
    problems.append(f"{shown}: its text is {text!r}, the name of {entry.path.name} says {name!r} (the name counts)")
    return entry
