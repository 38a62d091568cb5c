"""Pictures of more than eight bits a channel, by as many bits as are used."""

from typing import BinaryIO

import numpy as np
from PIL import Image

from fcn_captcha.data.opencv import cv2

_TO_RGB = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def deepen(image: Image.Image) -> Image.Image:
    """A coloured PNG of 16 bits a channel, of which Pillow keeps the upper eight, by the bits in use if fewer."""
    sixteen = image.format == "PNG" and any(str(tile.args).endswith(";16B") for tile in getattr(image, "tile", ()))
    file: BinaryIO | None = getattr(image, "fp", None)
    if not sixteen or image.mode.startswith("I") or file is None:
        return image
    at = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(at)
    if not is_whole(content):
        return image
    values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        return image
    largest = int(values[:, :, :3].max())
    if largest.bit_length() == 16:
        return image
    full = [find_full(largest)] * 3 + [65535]  # opacity uses all of its bits
    eight = np.rint(values / full[: values.shape[2]] * 255).astype(np.uint8)
    deep = Image.fromarray(cv2.cvtColor(eight, _TO_RGB[values.shape[2]]))
    deep.info = image.info
    return deep


def find_full(largest: float) -> int:
    """The largest number of as many bits as ``largest`` needs, at least eight."""
    return int(2 ** max(8, int(largest).bit_length()) - 1)


def is_whole(png: bytes) -> bool:
    """Whether a PNG's parts are as long as they say: OpenCV takes as much memory before it looks."""
    place = len(_SIGNATURE)
    while place < len(png) and png[place + 4 : place + 8] != b"IEND":
        place += 12 + int.from_bytes(png[place : place + 4], "big")
    return place + 12 <= len(png)
