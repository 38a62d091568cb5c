"""Which label each image of a folder has, and what tells it.

First what is stated: ``--label-pattern``, a label file, a text file beside each image. Else the name,
of the folder where the files in it are merely numbered; unless the JSON files beside most images say
otherwise, for then the names hold no labels. What a person accepted on the annotation page counts before
all of these, and what is not accepted yet is not looked at.
"""

import unicodedata
from dataclasses import replace
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import SUFFIXES, show_path
from fcn_captcha.data.labelme import read_annotation
from fcn_captcha.data.naming import are_numbered, find_name_labels, match_names
from fcn_captcha.data.places import describe_parts, describe_unread, find_places
from fcn_captcha.data.stated_labels import Labelled, list_bare, list_beside, list_table

_BESIDE_JSON = "from the JSON beside each image"
_ACCEPTED = "as accepted on the annotation page"


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
            found += list_table(place, files, places, problems)
            covered |= {p.folder for p in places if p.folder.is_relative_to(place.folder)}
            continue
        if pattern is None:
            below = [p for q in places if q.folder.is_relative_to(place.folder) for p in q.images]
            found += list_beside(place, {p.name for p in below}, problems)
        else:
            found += list_bare(place)
    if not found and not any(place.images for place in places):
        raise DataError(f"{show_path(folder)}: no image in it (looked for {', '.join(SUFFIXES)})")
    found = [_add_annotation(entry, problems) for entry in found]
    labelled = [_heed_accepted(entry) for entry in _name(found, pattern, problems)]
    return sorted(labelled, key=lambda entry: ("test", "validation", "training", None).index(entry.place.part))


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
    owners = entry.place.by_stem.get(entry.path.stem, [])
    if len(owners) > 1 and annotation.image_name != entry.path.name:
        of = annotation.image_name if annotation.image_name in owners else "one of them, but does not say which"
        problems.append(
            f"{show_path(path)}: beside {' and '.join(owners)}; it is of {of} (not used for {entry.path.name})"
        )
        return entry
    return entry if annotation.done is False else replace(entry, annotation=annotation)


def _heed_accepted(entry: Labelled) -> Labelled:
    """The string that a person accepted, whatever else told one."""
    if entry.annotation is None or not entry.annotation.done:
        return entry
    text = entry.annotation.text or entry.annotation.spelled
    return replace(entry, text=text, how=_ACCEPTED) if text else entry


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
    if not text or text == name or (entry.annotation is not None and entry.annotation.done):
        return entry
    if len(text) == len(name) and all(n in ("_", t) for n, t in zip(name, text, strict=True)):
        return replace(entry, text=text, how=_BESIDE_JSON)
    shown = show_path(entry.path.with_suffix(".json"))
    problems.append(f"{shown}: its text is {text!r}, the name of {entry.path.name} says {name!r} (the name counts)")
    return entry
