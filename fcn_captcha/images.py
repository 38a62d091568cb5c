"""Image files of any kind as pixels of one kind."""

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

Pixels = npt.NDArray[np.uint8]

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
SMALLEST_PX = 4  # one cell of the output
LARGEST_PX = 2**24  # 16.8 megapixels, beyond any line of text and within the memory of a laptop


class DataError(ValueError):
    """An image, label or folder that can't be used; the message names the file, the rule and the value."""


def read_image(source: Path | str | BinaryIO, name: str | None = None) -> Pixels:
    """The image in a file as RGB, uint8, (height, width, 3); see :func:`convert_image`.

    Raises :class:`DataError`, naming the file (or ``name``), where it is missing, unreadable, cut
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
        raise DataError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{name}: is a folder, not an image") from None
    except DataError:
        raise
    except UnidentifiedImageError:
        empty = isinstance(source, Path | str) and Path(source).stat().st_size == 0
        raise DataError(f"{name}: {'the file is empty' if empty else 'not an image in a known format'}") from None
    except Image.DecompressionBombError:
        raise DataError(f"{name}: at most {LARGEST_PX:,} px can be read, it has many times more") from None
    except Exception as error:  # Pillow's decoders raise many kinds on damaged files
        raise DataError(f"{name}: the image can't be read: {error}") from error


def check_size(width: int, height: int, name: str) -> None:
    """Raises :class:`DataError` where an image is too small to read or too large to try."""
    if min(width, height) < SMALLEST_PX:
        raise DataError(f"{name}: at least {SMALLEST_PX}×{SMALLEST_PX} px are needed, got {width}×{height}")
    if width * height > LARGEST_PX:
        raise DataError(f"{name}: at most {LARGEST_PX:,} px can be read, got {width}×{height} = {width * height:,}")


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


def convert_array(array: npt.NDArray[np.generic], name: str = "image array") -> Pixels:
    """An array as RGB, uint8, (height, width, 3); see :func:`convert_image`.

    Raises :class:`DataError`, with the name, for another type, shape or size.
    """
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise DataError(
            f"{name}: uint8 of shape (height, width), (height, width, 3) or (height, width, 4) is needed, "
            f"got {array.dtype} of shape {array.shape}"
        )
    check_size(array.shape[1], array.shape[0], name)
    if array.ndim == 3 and array.shape[2] == 3:
        return np.ascontiguousarray(array, dtype=np.uint8)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return convert_image(Image.fromarray(array))


def find_images(folder: Path | str) -> list[Path]:
    """The image files right in ``folder`` and then those in its sub-folders, each sorted by name.

    Raises :class:`DataError` if there are none.
    """
    folder = Path(folder)
    check_folder(folder)
    paths = [p for place in list_folders(folder) for p in list_images(place)]
    if not paths:
        raise DataError(f"{show_path(folder)}: no image in it (looked for {', '.join(SUFFIXES)})")
    return paths


def check_folder(folder: Path) -> None:
    """Raises :class:`DataError` where there is no such folder."""
    if not folder.exists():
        raise DataError(f"{show_path(folder)}: no such folder")
    if not folder.is_dir():
        raise DataError(f"{show_path(folder)}: is a file, not a folder of images")


def list_folders(folder: Path) -> list[Path]:
    """The folder and its sub-folders that are not hidden, sorted by name; not what lies deeper."""
    return [folder, *sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))]


def list_images(folder: Path, hidden: bool = False) -> list[Path]:
    """The image files right in a folder, sorted by name: those that are not hidden, or those that are."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.name.startswith(".") == hidden)


def show_path(path: Path | str) -> str:
    """A path as text that any console and file can take: what is no UTF-8 in it stands as ``\\xd6``."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
