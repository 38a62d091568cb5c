"""Which folders of a data folder are looked into, and what lies there unread."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from fcn_captcha.data.images import check_folder, list_folders, list_images, show_path
from fcn_captcha.data.tables import find_label_files

PART_FOLDERS = {
    **dict.fromkeys(("train", "training"), "training"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_OWN = ("generator.json",)  # what this package writes into such folders


@dataclass(frozen=True)
class Place:
    """A folder that is looked into.

    Attributes:
        folder: itself.
        root: the data folder, or that of the part.
        part: 'training', 'validation' or 'test' where its name says so.
        images: the image files right in it.
        others: the names of its other files that are not hidden.
    """

    folder: Path
    root: Path
    part: str | None
    images: tuple[Path, ...]
    others: frozenset[str]

    @cached_property
    def by_stem(self) -> dict[str, list[str]]:
        """The names of the images with each stem."""
        names: dict[str, list[str]] = {}
        for path in self.images:
            names.setdefault(path.stem, []).append(path.name)
        return names

    @cached_property
    def label_files(self) -> list[str]:
        """Those of ``others`` that label files are called, the one to read first."""
        return find_label_files([name for name in self.others if Path(name).stem not in self.by_stem])


def find_places(folder: Path) -> list[Place]:
    """The data folder and its sub-folders; of those that are parts, their sub-folders too.

    Sub-folders are parts where there are ``train`` and ``val`` or ``test``, or ``test`` alone.
    Raises :class:`~fcn_captcha.data.errors.DataError` where there is no such folder.
    """
    check_folder(folder)
    below = {sub: [_make_place(deep, sub, None) for deep in list_folders(sub)] for sub in list_folders(folder)[1:]}
    filled = [sub for sub, places in below.items() if any(place.images for place in places)]
    parts = {sub: PART_FOLDERS[sub.name.lower()] for sub in filled if sub.name.lower() in PART_FOLDERS}
    named = set(parts.values())
    if not (len(named) > 1 and "training" in named) and not (named == {"test"} and len(filled) == 1):
        parts = {}
    found = [_make_place(folder, folder, None)]
    for sub, places in below.items():
        if sub in parts:
            found += [replace(place, part=parts[sub]) for place in places]
        else:
            found.append(replace(places[0], root=folder))
    return found


def _make_place(folder: Path, root: Path, part: str | None) -> Place:
    images = tuple(list_images(folder))
    taken = {path.name for path in images}
    others = (p.name for p in folder.iterdir() if p.name not in taken and not p.name.startswith(".") and p.is_file())
    return Place(folder, root, part, images, frozenset(others))


def describe_parts(places: list[Place]) -> list[str]:
    """A line that says which sub-folders are the parts, if any are."""
    roots = {place.root.name: place.part for place in places if place.part}
    if not roots:
        return []
    what = {"training": "to train on", "validation": "to choose the threshold on", "test": "to test on"}
    listed = ", ".join(f"{name}/ {what[part]}" for name, part in roots.items() if part)
    lacking = [part for part in ("validation", "test") if part not in roots.values()]
    rest = f"; a tenth of the other files is {what[lacking[0]]}" if lacking else "; --fold is not used"
    return [f"sub-folders are the parts: {listed}{rest}"]


def describe_unread(places: list[Place]) -> list[str]:
    """A line for hidden images and one for JSON files that belong to no image, where there are any."""
    lines = []
    hidden = [path for place in places for path in list_images(place.folder, hidden=True)]
    if hidden:
        count = "1 image is" if len(hidden) == 1 else f"{len(hidden)} images are"
        lines.append(f"{show_path(hidden[0])}: {count} hidden, as the name begins with a dot (left out)")
    alone = []
    for place in places:
        known = {*_OWN, *place.label_files}
        names = sorted(name for name in place.others if name.endswith(".json") and name not in known)
        alone += [place.folder / name for name in names if Path(name).stem not in place.by_stem]
    if alone:
        count = "1 JSON file belongs" if len(alone) == 1 else f"{len(alone)} JSON files belong"
        lines.append(f"{show_path(alone[0])}: {count} to no image, as none of the same name lies beside it (not read)")
    return lines
