"""Images and thumbnails as PNG, whatever their files are, within limits of size and memory."""

import threading
from collections import OrderedDict
from typing import TypeVar

import cv2
import numpy as np

from annotation.folder import ImageFolder
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import Pixels, read_image

Kept = TypeVar("Kept")

LARGEST_FILE = 2**27  # bytes of an image file
_THUMBNAIL_PX = 44, 150  # height and width at most
_KEPT = 2000  # thumbnails, of some 4 kB each
_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]


class Pictures:
    """The pixels of a folder's images, by their numbers. All methods raise :class:`DataError` as read_image."""

    def __init__(self, folder: ImageFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._thumbnails: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._sizes: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()

    def find_version(self, number: int) -> int:
        """Changes when the file does."""
        try:
            return self._folder.find_path(number).stat().st_mtime_ns
        except OSError:
            return 0

    def read(self, number: int) -> Pixels:
        """uint8, (height, width, 3), RGB."""
        path, shown = self._folder.find_path(number), self._folder.shown[number]
        if not path.is_file():
            raise DataError(f"{shown}: not a plain file")
        if path.stat().st_size > LARGEST_FILE:
            raise DataError(f"{shown}: a file of at most {LARGEST_FILE:,} bytes is shown, got {path.stat().st_size:,}")
        pixels = read_image(path, shown)
        self._keep(self._sizes, (number, self.find_version(number)), (pixels.shape[1], pixels.shape[0]))
        return pixels

    def measure(self, number: int) -> tuple[int, int]:
        """Width and height in pixels, as its EXIF mark turns it."""
        found = self._sizes.get((number, self.find_version(number)))
        if found is None:
            pixels = self.read(number)
            found = pixels.shape[1], pixels.shape[0]
        return found

    def make_png(self, number: int) -> bytes:
        return _encode(self.read(number))

    def make_thumbnail(self, number: int) -> bytes:
        """At most 44 px high and 150 wide."""
        key = number, self.find_version(number)
        content = self._thumbnails.get(key)
        if content is None:
            content = _encode(_shrink(self.read(number)))
            self._keep(self._thumbnails, key, content)
        return content

    def _keep(self, kept: OrderedDict[tuple[int, int], Kept], key: tuple[int, int], value: Kept) -> None:
        with self._lock:
            kept[key] = value
            if len(kept) > _KEPT:
                kept.popitem(last=False)


def _shrink(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = min(1.0, _THUMBNAIL_PX[0] / height, _THUMBNAIL_PX[1] / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _encode(pixels: Pixels) -> bytes:
    done, content = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), _FAST)
    if not done:
        raise DataError("the image can't be written as PNG")
    return content.tobytes()
