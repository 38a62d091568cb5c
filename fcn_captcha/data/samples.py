"""Labelled images and where they come from."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import Pixels, read_image, show_path
from fcn_captcha.data.labelme import Annotation
from fcn_captcha.data.labels import list_labels
from fcn_captcha.data.stated_labels import Labelled


@dataclass(frozen=True)
class Sample:
    """An image, what it says and, where known, where.

    Attributes:
        name: the file's path within the folder of data, or the generator's name and a number.
        image: uint8, (height, width, 3), RGB.
        text: the true string, in reading order.
        centres: (len(text), 2), x and y in pixels of ``image``, in the order of ``text``, or None where unknown.
        path: the file, where there is one.
        boxes: (len(text), 4), left, top, right and bottom edges of each character's ink in pixels of
            ``image``, where a generator knows them.
        part: 'training', 'validation' or 'test' where the folder of data states it.
    """

    name: str
    image: Pixels = field(repr=False)
    text: str
    centres: npt.NDArray[np.float64] | None = field(default=None, repr=False)
    path: Path | None = None
    boxes: npt.NDArray[np.float64] | None = field(default=None, repr=False)
    part: str | None = None

    def __post_init__(self) -> None:
        if not self.text:
            raise DataError(f"{self.name}: the label is empty; it must hold at least one character")
        if self.centres is not None and self.centres.shape != (len(self.text), 2):
            raise DataError(
                f"{self.name}: centres must have shape ({len(self.text)}, 2) for {self.text!r}, "
                f"got {self.centres.shape}"
            )

    @cached_property
    def content(self) -> str:
        """A hash of the pixels: the same for the same picture under any name."""
        shape = repr(self.image.shape).encode()
        return hashlib.sha256(self.image.tobytes() + shape).hexdigest()[:32]


@dataclass(frozen=True)
class Folder:
    """What a folder held.

    Attributes:
        samples: those that can be used.
        problems: a line for every file that was left out or changed.
        notes: how labels and parts were found, with three labels to look at.
    """

    samples: tuple[Sample, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_folder(folder: Path | str, label_pattern: str | None = None) -> Folder:
    """All labelled images of a folder and its sub-folders.

    What tells a label is in :mod:`fcn_captcha.data.labels`; strings are in Unicode's NFC. Centres are those of
    a labelme JSON of the same name beside the image, if it spells the label and is of the image's size.

    Args:
        folder: of the data.
        label_pattern: a regular expression, matched against the whole of each file's name without its
            ending; its first group is the label. Then nothing else tells one.

    Raises :class:`DataError` if the folder is missing, holds no usable image or a label file that can't
    be understood, ``ValueError`` for a bad pattern; a single file that can't be used becomes a line in
    ``problems``.
    """
    folder = Path(folder)
    problems: list[str] = []
    notes: list[str] = []
    labelled = list_labels(folder, label_pattern, problems, notes)
    samples: list[Sample] = []
    hows: dict[str, str] = {}
    for entry in labelled:
        try:
            samples.append(_read_sample(entry, find_name(entry.path, folder), problems))
            hows[samples[-1].name] = entry.how
        except DataError as error:
            problems.append(f"{error} (left out)")
    samples = _leave_out_repeats(samples, problems)
    if not samples:
        shown = "".join(f"\n  {line}" for line in problems[:10])
        raise DataError(f"{show_path(folder)}: none of its images can be used{shown}")
    problems += _describe_repeats(samples)
    return Folder(tuple(samples), tuple(problems), (*_describe_labels(samples, hows), *notes))


def find_name(path: Path, folder: Path) -> str:
    """The path of a file within the folder of data, with ``/`` between its parts."""
    return show_path((path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix())


def _read_sample(entry: Labelled, name: str, problems: list[str]) -> Sample:
    image = read_image(entry.path, show_path(entry.path))
    sample = Sample(name, image, entry.text or "", None, entry.path, part=entry.place.part)
    if entry.annotation is None or not entry.annotation.spelled:
        return sample
    reason = find_fault(entry.annotation, sample, entry.path.name)
    if reason is None:
        return replace(sample, centres=entry.annotation.centres)
    problems.append(f"{show_path(entry.path.with_suffix('.json'))}: {reason} (centres not used)")
    return sample


def find_fault(annotation: Annotation, sample: Sample, image_name: str) -> str | None:
    """Why an annotation's centres can't be those of a sample, whose file is called ``image_name``; None if they can."""
    height, width = sample.image.shape[:2]
    if annotation.spelled != sample.text:
        return f"its points spell {annotation.spelled!r}, the label is {sample.text!r}"
    if annotation.size not in (None, (width, height)):
        stated = "×".join(map(str, annotation.size or ()))
        return f"it is of an image of {stated} px, {image_name} has {width}×{height}"
    if (annotation.centres < -0.5).any() or (annotation.centres > np.array([width, height]) - 0.5).any():
        return f"its points lie outside the image of {width}×{height} px"
    return None


def _leave_out_repeats(samples: list[Sample], problems: list[str]) -> list[Sample]:
    """One of each picture, and none of those that have two labels."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.content, []).append(sample)
    kept = []
    for first, *others in groups.values():
        if any(other.text != first.text for other in others):
            listed = " and ".join(f"{s.name} as {s.text!r}" for s in (first, *others))
            problems.append(
                f"{show_path(first.path or first.name)}: one picture with two labels: {listed} (all left out)"
            )
            continue
        kept.append(first)
        for other in others:
            problems.append(f"{show_path(other.path or other.name)}: the same image as {first.name} (left out)")
    return kept


def _describe_labels(samples: list[Sample], hows: dict[str, str]) -> list[str]:
    """For each way in which labels were found, the first, the middle and the last of them."""
    found: dict[str, list[str]] = {}
    for sample in samples:
        found.setdefault(hows[sample.name], []).append(f"{sample.name} -> {sample.text}")
    some = {how: dict.fromkeys((shown[0], shown[len(shown) // 2], shown[-1])) for how, shown in found.items()}
    return [f"labels {how}: {', '.join(shown)}" for how, shown in some.items()]


def _describe_repeats(samples: list[Sample]) -> list[str]:
    """A line if several files have one string: fine if they are several pictures of it."""
    files: dict[str, list[str]] = {}
    for sample in samples:
        files.setdefault(sample.text, []).append(sample.name)
    repeated = {text: names for text, names in files.items() if len(names) > 1}
    if not repeated:
        return []
    text, names = next(iter(repeated.items()))
    count = "1 string stands" if len(repeated) == 1 else f"{len(repeated)} strings stand"
    return [f"{count} on several files, such as {text!r} on {' and '.join(names[:3])} (all kept)"]
