"""Labelled images: where they come from and which part each belongs to."""

import csv
import hashlib
import json
import math
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

Pixels = npt.NDArray[np.uint8]

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
SMALLEST_PX = 4  # one cell of the output
LARGEST_PX = 2**24  # 16.8 megapixels, beyond any line of text and within the memory of a laptop


class SampleError(ValueError):
    """An image or label that can't be used; the message names the file, the rule and the value."""


@dataclass(frozen=True)
class Sample:
    """An image, what it says and, where known, where.

    Attributes:
        name: the file's name, or the generator's name and a number.
        image: uint8, (height, width, 3), RGB.
        text: the true string.
        centres: (len(text), 2), x and y in pixels of ``image``, or None where unknown.
        path: the file, where there is one.
    """

    name: str
    image: Pixels = field(repr=False)
    text: str
    centres: npt.NDArray[np.float64] | None = field(default=None, repr=False)
    path: Path | None = None

    def __post_init__(self) -> None:
        if not self.text:
            raise SampleError(f"{self.name}: the label is empty; it must hold at least one character")
        if self.centres is not None and self.centres.shape != (len(self.text), 2):
            raise SampleError(
                f"{self.name}: centres must have shape ({len(self.text)}, 2) for {self.text!r}, "
                f"got {self.centres.shape}"
            )


# --- images ---------------------------------------------------------------------------------


def read_image(source: Path | str | BinaryIO, name: str | None = None) -> Pixels:
    """The image in a file as RGB, uint8, (height, width, 3); see :func:`convert_image`.

    Raises :class:`SampleError`, naming the file (or ``name``), where it is missing, unreadable, cut
    short or not between 4×4 px and 16.8 megapixels.
    """
    name = name or str(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's warning of large images; our own limit is lower
            with Image.open(source) as image:
                check_size(image.width, image.height, name)
                return convert_image(image)
    except FileNotFoundError:
        raise SampleError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise SampleError(f"{name}: is a folder, not an image") from None
    except SampleError:
        raise
    except UnidentifiedImageError:
        empty = isinstance(source, Path | str) and Path(source).stat().st_size == 0
        raise SampleError(f"{name}: {'the file is empty' if empty else 'not an image in a known format'}") from None
    except Image.DecompressionBombError:
        raise SampleError(f"{name}: at most {LARGEST_PX:,} px can be read, it has many times more") from None
    except Exception as error:  # Pillow's decoders raise many kinds on damaged files
        raise SampleError(f"{name}: the image can't be read: {error}") from error


def check_size(width: int, height: int, name: str) -> None:
    """Raises :class:`SampleError` where an image is too small to read or too large to try."""
    if min(width, height) < SMALLEST_PX:
        raise SampleError(f"{name}: at least {SMALLEST_PX}×{SMALLEST_PX} px are needed, got {width}×{height}")
    if width * height > LARGEST_PX:
        raise SampleError(f"{name}: at most {LARGEST_PX:,} px can be read, got {width}×{height} = {width * height:,}")


def convert_image(image: Image.Image) -> Pixels:
    """Any Pillow image as RGB, uint8, (height, width, 3).

    Sixteen bits and floats are scaled to eight, palettes and CMYK converted. What is transparent
    becomes white, or black where the visible part is light, so that no text vanishes.
    """
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image, dtype=np.float64)
        full = 65535 if image.mode != "F" else max(1.0, float(np.nan_to_num(values).max()))
        grey = np.clip(np.nan_to_num(values) / full * 255, 0, 255).round().astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if not image.has_transparency_data:
        return np.array(image.convert("RGB"))
    rgba = np.asarray(image.convert("RGBA")).astype(np.float32)
    colour, alpha = rgba[:, :, :3], rgba[:, :, 3:] / 255
    visible = float((colour * alpha).sum() / max(3 * alpha.sum(), 1e-6))
    see_through = float(alpha.mean()) < 0.5
    paper = 0.0 if see_through and visible > 127.5 else 255.0
    return np.asarray(np.rint(colour * alpha + paper * (1 - alpha)), dtype=np.uint8)


# --- folders --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Folder:
    """What a folder held: usable samples, and a line for every file that was left out or changed."""

    samples: tuple[Sample, ...]
    problems: tuple[str, ...]


def find_images(folder: Path | str) -> list[Path]:
    """The image files right in ``folder``, sorted by name. Raises :class:`SampleError` if there are none."""
    folder = Path(folder)
    if not folder.exists():
        raise SampleError(f"{folder}: no such folder")
    if not folder.is_dir():
        raise SampleError(f"{folder}: is a file, not a folder of images")
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
    if not paths:
        raise SampleError(f"{folder}: no image in it (looked for {', '.join(SUFFIXES)})")
    return paths


def read_folder(folder: Path | str) -> Folder:
    """All labelled images of a folder.

    A label is what ``metadata.csv`` says (columns ``file_name`` and ``text``), else what the points
    of a labelme JSON beside the image spell from left to right, else the file's name up to the first
    ``-``. Centres are a labelme JSON's points, if they spell the label. Strings are in Unicode's NFC.

    Raises :class:`SampleError` if the folder is missing or holds no usable image; a single file
    that can't be used becomes a line in ``problems``.
    """
    folder = Path(folder)
    samples: list[Sample] = []
    problems: list[str] = []
    contents: dict[bytes, str] = {}
    for path, text in _list_labels(folder, problems):
        try:
            sample = _read_sample(path, text, problems)
        except SampleError as error:
            problems.append(f"{error} (left out)")
            continue
        content = hashlib.sha256(sample.image.tobytes() + repr(sample.image.shape).encode()).digest()
        if content in contents:
            problems.append(f"{path}: the same image as {contents[content]} (left out)")
            continue
        contents[content] = path.name
        samples.append(sample)
    if not samples:
        shown = "".join(f"\n  {line}" for line in problems[:10])
        raise SampleError(f"{folder}: none of its images can be used{shown}")
    return Folder(tuple(samples), tuple(problems))


def find_label(path: Path) -> str:
    """The label in a file's name: up to the first ``-``, or the whole stem."""
    return unicodedata.normalize("NFC", path.stem.split("-")[0])


def _list_labels(folder: Path, problems: list[str]) -> Iterator[tuple[Path, str | None]]:
    table = folder / "metadata.csv"
    if not table.exists():
        for path in find_images(folder):
            yield path, None
        return
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = {"file_name", "text"} - set(rows.fieldnames or ())
        if missing:
            raise SampleError(f"{table}: the columns file_name and text are needed, got {rows.fieldnames}")
        listed = set()
        for row in rows:
            if not row["file_name"]:
                problems.append(f"{table}: line {rows.line_num} has no file_name (left out)")
            elif row["file_name"] in listed:
                problems.append(f"{table}: line {rows.line_num}: {row['file_name']} is listed twice (left out)")
            else:
                listed.add(row["file_name"])
                yield folder / row["file_name"], unicodedata.normalize("NFC", row["text"] or "")


def _read_sample(path: Path, text: str | None, problems: list[str]) -> Sample:
    image = read_image(path)
    annotation = path.with_suffix(".json")
    if not annotation.exists():
        return Sample(path.name, image, find_label(path) if text is None else text, None, path)
    spelled, centres = read_labelme(annotation)
    if text is not None and spelled != text:
        problems.append(f"{annotation}: its points spell {spelled!r}, the label is {text!r} (centres not used)")
        return Sample(path.name, image, text, None, path)
    return Sample(path.name, image, spelled, centres, path)


# --- labelme --------------------------------------------------------------------------------


def read_labelme(path: Path | str) -> tuple[str, npt.NDArray[np.float64]]:
    """The string and centres of a labelme file's points, from left to right.

    Returns the string and (n, 2) centres, x and y in pixels. labelme counts from the image's
    corner, so its (0.5, 0.5) is the middle of the first pixel, which is (0, 0) here.
    Raises :class:`SampleError`, naming the file, where it is not such a file.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        points = [
            (float(x) - 0.5, float(y) - 0.5, unicodedata.normalize("NFC", shape["label"]))
            for shape in record["shapes"]
            if shape.get("shape_type") == "point"
            for x, y in shape["points"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise SampleError(f"{path}: not a labelme file: {type(error).__name__}: {error}") from None
    for x, y, label in points:
        if len(label) != 1 or not (math.isfinite(x) and math.isfinite(y)):
            raise SampleError(f"{path}: a point must be one character at a finite place, got {label!r} at ({x}, {y})")
    points.sort()
    centres = np.array([point[:2] for point in points], dtype=np.float64).reshape(-1, 2)
    return "".join(point[2] for point in points), centres


def write_labelme(
    path: Path | str, image_path: Path, size: tuple[int, int], text: str, centres: npt.NDArray[np.float64]
) -> None:
    """Writes points that labelme opens. ``size`` is (width, height), ``centres`` (n, 2) in pixels."""
    record: dict[str, object] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": [
            {
                "label": character,
                "points": [[round(float(x) + 0.5, 2), round(float(y) + 0.5, 2)]],
                "group_id": None,
                "shape_type": "point",
                "flags": {},
            }
            for character, (x, y) in zip(text, centres, strict=True)
        ],
        "imagePath": image_path.name,
        "imageData": None,
        "imageHeight": size[1],
        "imageWidth": size[0],
        "text": text,
    }
    temporary = Path(path).with_suffix(".json.part")
    temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)


# --- parts ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parts:
    """Three parts: to train on, to choose threshold and epoch on, and to test on."""

    training: tuple[Sample, ...]
    threshold: tuple[Sample, ...]
    test: tuple[Sample, ...]


def find_tenth(name: str) -> int:
    """0 to 9, by a hash of the file's name, so that every run on every machine splits alike."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % 10


def split_samples(samples: Iterable[Sample], fold: int = 0, limit: int | None = None) -> Parts:
    """One tenth of the names to test on, the next to choose on, the other eight to train on.

    Args:
        samples: any number.
        fold: which tenth is the test, 0 to 9.
        limit: keep this many to train on and an eighth of it, at least one, to choose on (the first
            by their hash, so that a smaller limit's images are among a larger one's); the test stays whole.
    """
    if not 0 <= fold <= 9:
        raise ValueError(f"fold: it must be 0 to 9, got {fold}")
    if limit is not None and limit < 1:
        raise ValueError(f"limit: it must be at least 1, got {limit}")
    parts: tuple[list[Sample], list[Sample], list[Sample]] = ([], [], [])
    for sample in sorted(samples, key=lambda s: hashlib.sha256(s.name.encode()).digest()[8:]):
        tenth = find_tenth(sample.name)
        parts[2 if tenth == fold else 1 if tenth == (fold + 1) % 10 else 0].append(sample)
    training, threshold, test = parts
    if limit is not None:
        training, threshold = training[:limit], threshold[: max(1, limit // 8)]
    return Parts(tuple(training), tuple(threshold), tuple(test))
