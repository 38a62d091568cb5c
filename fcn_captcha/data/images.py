"""Image files of any kind as pixels of one kind."""

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from fcn_captcha.data.depth import deepen, find_full
from fcn_captcha.data.errors import DataError, ImageTooLargeError

Pixels = npt.NDArray[np.uint8]

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
SMALLEST_PX = 4  # one cell of the output
LARGEST_PX = 2**24  # 16.8 megapixels, beyond any line of text and within the memory of a laptop
LONGEST_NAME = 200  # characters of a path that is shown whole where there is no such file
MOST_FRAMES = 1000
# Of Pillow's formats those that are one grid of pixels of the size they state, so that it can be checked: no drawings,
# over which Pillow runs a program, and no icons, which may hold anything.
FORMATS = (
    *("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF", "JPEG2000"),
    *("DIB", "MSP", "PCX", "QOI", "SGI", "SUN", "TGA", "XBM"),
)
_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")


def read_image(source: os.PathLike[str] | str | BinaryIO, name: str | None = None) -> Pixels:
    """The image in a file as RGB, uint8, (height, width, 3); see :func:`convert_image` and :func:`read_frames`.

    Raises :class:`DataError`, naming the file (or ``name``), where it is missing, unreadable, cut
    short, of several pages or not between 4×4 px and 16.8 megapixels.
    """
    name = name or find_name(source)
    with _named(name, source), Image.open(source, formats=FORMATS) as image:
        return read_frames(image, name)


def measure_image(source: os.PathLike[str] | str | BinaryIO, name: str | None = None) -> int:
    """How many pixels an image file has, those of all frames, by what it says: nothing is decoded.

    Raises :class:`DataError` as :func:`read_image` does, as far as that shows.
    """
    name = name or find_name(source)
    with _named(name, source), Image.open(source, formats=FORMATS) as image:
        check_size(image.width, image.height, name)
        return image.width * image.height * int(getattr(image, "n_frames", 1))


def read_opened(image: Image.Image, name: str = "Pillow image") -> Pixels:
    """A Pillow image as :func:`read_image` reads its file; all its frames, whichever it stands at.

    Raises :class:`DataError` as it does.
    """
    with _named(name):
        at = image.tell()
        try:
            return read_frames(image, name)
        finally:
            image.seek(at)


def find_name(source: object) -> str:
    """What errors call a path or a file: a long or odd string that is no file's path is cut."""
    if not isinstance(source, str | os.PathLike):
        name = getattr(source, "name", None)
        return name if isinstance(name, str) else "image in memory"
    name = os.fspath(source)
    if os.path.exists(name) or (len(name) <= LONGEST_NAME and not set(name) & set("\n\r\0")):
        return str(name)
    return f"{name[:40]!r}… ({len(name):,} characters, taken for a path)"


class _HiddenWarnings:
    """Pillow's warnings, of large images for one, where our own limits are lower, hidden in any number of threads.

    ``warnings.catch_warnings`` puts back what it found, so of threads that overlap the last would put back
    what another had set. Here the first comes and the last goes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._kept = warnings.catch_warnings()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._inside:
                self._kept = warnings.catch_warnings()
                self._kept.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._kept.__exit__(None, None, None)


_hide_warnings = _HiddenWarnings()


@contextmanager
def _named(name: str, source: object = None) -> Iterator[None]:
    """Whatever goes wrong in Pillow as a :class:`DataError` that names the file."""
    try:
        with _hide_warnings():
            yield
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{name}: is a folder, not an image") from None
    except UnidentifiedImageError:
        empty = isinstance(source, str | os.PathLike) and os.stat(source).st_size == 0
        raise DataError(f"{name}: {'the file is empty' if empty else 'not an image in a known format'}") from None
    except Image.DecompressionBombError:
        raise ImageTooLargeError(f"{name}: at most {LARGEST_PX:,} px can be read, it has many times more") from None
    except Exception as error:  # Pillow's decoders raise many kinds on damaged files
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{name}: the image can't be read: {why}") from error


def check_size(width: int, height: int, name: str) -> None:
    """Raises :class:`DataError` where an image is too small to read or too large to try."""
    if min(width, height) < SMALLEST_PX:
        raise DataError(f"{name}: at least {SMALLEST_PX}×{SMALLEST_PX} px are needed, got {width}×{height}")
    if width * height > LARGEST_PX:
        raise ImageTooLargeError(
            f"{name}: at most {LARGEST_PX:,} px can be read, got {width}×{height} = {width * height:,}"
        )


def read_frames(image: Image.Image, name: str) -> Pixels:
    """An opened file as RGB, uint8, (height, width, 3), turned as its EXIF orientation says.

    The frames of an animation complete each other: of each pixel the value counts that is farthest
    from the ground, the median of all pixels of all frames. Raises :class:`DataError` for several pages.
    """
    check_size(image.width, image.height, name)
    count = getattr(image, "n_frames", 1)
    if image.format == "TIFF" and count > 1:
        raise DataError(f"{name}: a file of one page is needed, it has {count} pages")
    if image.format not in _ANIMATED or count == 1:
        return convert_image(_turn(deepen(image)))
    first = 1 if image.info.get("default_image") else 0  # of an APNG, for programs that can't animate
    if count > MOST_FRAMES:
        raise ImageTooLargeError(f"{name}: at most {MOST_FRAMES:,} frames can be read, got {count:,}")
    if (count - first) * image.width * image.height > LARGEST_PX:
        raise ImageTooLargeError(
            f"{name}: at most {LARGEST_PX:,} px can be read, got {count} frames of {image.width}×{image.height}"
        )
    frames = []
    for number in range(first, count):
        image.seek(number)
        frames.append(_split_alpha(_turn(image)))
    colour, alpha = (np.stack(part) for part in zip(*frames, strict=True))
    stack = _lay_on_paper(colour, alpha)
    ground = np.median(stack.reshape(-1, 3), axis=0).astype(np.int16)
    farthest = np.abs(stack - ground).sum(axis=-1).argmax(axis=0)
    return np.ascontiguousarray(np.take_along_axis(stack, farthest[None, :, :, None], axis=0)[0])


def _turn(image: Image.Image) -> Image.Image:
    """As its EXIF orientation says."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF data beside whole pixels
        return image


def convert_image(image: Image.Image) -> Pixels:
    """Any Pillow image as RGB, uint8, (height, width, 3).

    Sixteen bits are scaled to eight by as many of them as are used, palettes and CMYK converted. What
    is transparent becomes white, or black where the visible part is light, so that no text vanishes.
    """
    return _lay_on_paper(*_split_alpha(image))


def _split_alpha(image: Image.Image) -> tuple[Pixels, Pixels]:
    """RGB (height, width, 3) and opacity (height, width, 1), both uint8."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        largest = float(values.max())
        full = max(1.0, largest) if image.mode == "F" else find_full(largest)
        grey = np.clip(values / full * 255, 0, 255).round().astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2), np.full((*grey.shape, 1), 255, np.uint8)
    if not image.has_transparency_data:
        colour = np.array(image.convert("RGB"))
        return colour, np.full((*colour.shape[:2], 1), 255, np.uint8)
    rgba = np.array((image.convert("LA") if image.mode == "La" else image).convert("RGBA"))
    return rgba[:, :, :3], rgba[:, :, 3:]


def _lay_on_paper(colour: Pixels, opacity: Pixels) -> Pixels:
    """One image (height, width, 3) or several (count, height, width, 3), on paper of one colour."""
    if opacity.min() == 255:
        return colour
    rgb, alpha = colour.astype(np.float32), opacity.astype(np.float32) / 255
    visible = float((rgb * alpha).sum() / max(3 * alpha.sum(), 1e-6))
    see_through = float(alpha.mean()) < 0.5
    paper = 0.0 if see_through and visible > 127.5 else 255.0
    return np.asarray(np.rint(rgb * alpha + paper * (1 - alpha)), dtype=np.uint8)


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
        shards = any(any(place.glob("*.tar")) for place in list_folders(folder))
        hint = "; shards (.tar) are what `train` learns from: unpack one to read its images" if shards else ""
        raise DataError(f"{show_path(folder)}: no image in it (looked for {', '.join(SUFFIXES)}){hint}")
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
