"""Image files of every format, mode and depth at hand, files that lie about their size, and damaged ones of both.

Number ``index`` of seed ``seed`` is always the same.
"""

import io
import struct
import warnings
import zlib
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Rng = np.random.Generator

MODES = "1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "F"
ANIMATED = "GIF", "PNG", "WEBP", "TIFF", "AVIF", "MPO"
CV_SUFFIXES = (
    ".bmp",
    ".jpg",
    ".jp2",
    ".png",
    ".webp",
    ".pbm",
    ".pgm",
    ".ppm",
    ".pnm",
    ".pam",
    ".pfm",
    ".ras",
    ".tif",
    ".hdr",
)
CV_DEPTHS = np.uint8, np.uint16, np.float32
_PNG = b"\x89PNG\r\n\x1a\n"
_EXTREMES = 0, 1, 3, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF


@cache
def make_files() -> list[tuple[str, bytes]]:
    """Whole files by name: all that Pillow and OpenCV can write of one small picture."""
    Image.init()
    grey = _draw()
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mode in MODES:
            picture = _convert(grey, mode)
            found += [(f"{name} {mode}", _save(picture, name)) for name in sorted(Image.SAVE)]
        frames = [Image.fromarray(np.roll(grey, 5 * i, axis=1)).convert("RGB") for i in range(3)]
        found += [(f"{name} animated", _save(frames[0], name, frames[1:])) for name in ANIMATED]
    for suffix in CV_SUFFIXES:
        for depth in CV_DEPTHS:
            for channels in (1, 3, 4):
                found.append((f"OpenCV {suffix} {depth.__name__} {channels}", _encode(grey, suffix, depth, channels)))
    return [(name, content) for name, content in found if content]


def _draw() -> npt.NDArray[np.uint8]:
    grey = np.full((24, 52), 230, np.uint8)
    cv2.putText(grey, "ab7", (3, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 20, 2)
    return grey


def _convert(grey: npt.NDArray[np.uint8], mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(grey.astype(np.uint16) * 257)
    if mode == "LAB":
        return Image.merge("LAB", [Image.fromarray(grey)] * 3)
    between = {"La": "LA", "PA": "P", "RGBa": "RGBA"}.get(mode, "RGB")
    return Image.fromarray(grey).convert(between).convert(mode)


def _save(picture: Image.Image, kind: str, more: list[Image.Image] | None = None) -> bytes:
    file = io.BytesIO()
    options = {"save_all": True, "append_images": more} if more else {}
    try:
        picture.save(file, kind, **options)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, struct.error):  # it doesn't hold this mode
        return b""
    return file.getvalue()


def _encode(grey: npt.NDArray[np.uint8], suffix: str, depth: type[np.generic], channels: int) -> bytes:
    scaled = grey.astype(depth) * (257 if depth is np.uint16 else 1)
    picture = scaled if channels == 1 else np.repeat(scaled[:, :, None], channels, axis=2)
    try:
        done, content = cv2.imencode(suffix, picture)
    except cv2.error:
        return b""
    return content.tobytes() if done else b""


@cache
def make_bombs() -> list[tuple[str, bytes]]:
    """Small files that stand for much more, or say so."""
    sizes = [
        (2**31 - 1, 2**31 - 1),
        (0, 0),
        (60000, 60000),
        (4096, 4096),
        (4, 2**22),
        (2**22, 4),
        (1, 2**24),
        (16000, 1000),
    ]
    found = [(f"PNG that says {w}×{h}", _make_png(w, h, b"")) for w, h in sizes]
    filled = (4096, 4096), (4, 2**22), (2**22, 4), (16000, 1000), (1024, 1024), (2**18, 4)  # to the limits
    found += [(f"PNG of {w}×{h}", _fill_png(w, h)) for w, h in filled]
    zeros = zlib.compress(bytes(2**26), 9)
    found += [
        ("PNG, text bomb", _make_png(40, 20, _chunk(b"zTXt", b"a\0\0" + zeros))),
        ("PNG, profile bomb", _make_png(40, 20, _chunk(b"iCCP", b"a\0\0" + zeros))),
        ("PNG, pixel bomb", _make_png(40, 20, b"", zeros)),
        ("PNG, many chunks", _make_png(40, 20, _chunk(b"tEXt", b"a\0b") * 20_000)),
        ("APNG, many frames", _make_png(40, 20, _chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))),
        ("GIF, many frames", _make_gif(20_000)),
        (
            "GIF, screen 65535²",
            b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6) + _GIF_FRAME + b";",
        ),
        (
            "BMP that says 2^31",
            b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, 2**31 - 1, -(2**31) + 1, 1, 24, *[0] * 6),
        ),
        ("ICO of 12000×12000", _make_icon(_fill_png(12000, 12000))),
        ("PPM that says 10^9", b"P6 1000000000 1000000000 255\n" + bytes(99)),
        ("PGM of long numbers", b"P5 " + b"9" * 100_000 + b" 4 255\n"),
        (
            "EPS that runs for ever",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 20\n%%EndComments\n{} loop\n%%EOF\n",
        ),
    ]
    return found


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _make_png(width: int, height: int, between: bytes, packed: bytes | None = None) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = packed if packed is not None else zlib.compress(bytes(21 * 41))
    return _PNG + header + between + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _fill_png(width: int, height: int) -> bytes:
    """White with a black stroke, as large as it says."""
    rows = np.full((height, width + 1), 255, np.uint8)
    rows[:, 0] = 0
    rows[height // 4 : height // 2, 1 + width // 4 : 1 + width // 2] = 0
    return _make_png(width, height, b"", zlib.compress(rows.tobytes(), 1))


_GIF_FRAME = b"," + struct.pack("<HHHHB", 0, 0, 4, 4, 0) + b"\x02\x06\x84\x8f\xa9\xcb\xed\x05\x00"


def _make_gif(frames: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(3) + b"\xff" * 3 + _GIF_FRAME * frames + b";"


def _make_icon(png: bytes) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 40, 20, 0, 0, 1, 32, len(png), 22) + png


def mutate(seed: int, index: int) -> tuple[str, bytes]:
    """A damaged file, and what it was."""
    rng = np.random.default_rng([seed, index])
    files = make_files()
    name, content = files[int(rng.integers(len(files)))]
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        _CHANGES[int(rng.integers(len(_CHANGES)))](data, rng)
    if data.startswith(_PNG) and rng.random() < 0.7:
        data = bytearray(_mend_checksums(bytes(data)))
    return name, bytes(data)


def _flip(data: bytearray, rng: Rng) -> None:
    for place in rng.integers(len(data), size=int(rng.integers(1, 20))) if data else ():
        data[place] ^= 1 << int(rng.integers(8))


def _cut(data: bytearray, rng: Rng) -> None:
    del data[int(rng.integers(len(data) + 1)) :]


def _drop(data: bytearray, rng: Rng) -> None:
    start = int(rng.integers(len(data) + 1))
    del data[start : start + int(rng.integers(1, 64))]


def _repeat(data: bytearray, rng: Rng) -> None:
    start = int(rng.integers(len(data) + 1))
    data[start:start] = data[start : start + int(rng.integers(1, 256))] * int(rng.integers(1, 20))


def _lie(data: bytearray, rng: Rng) -> None:
    """An extreme number in the header, of either byte order."""
    size = int(rng.choice((1, 2, 4)))
    if len(data) > size:
        start = int(rng.integers(min(len(data) - size, 128)))
        value = int(rng.choice(_EXTREMES)) & (2 ** (8 * size) - 1)
        data[start : start + size] = value.to_bytes(size, "big" if rng.random() < 0.5 else "little")


def _splice(data: bytearray, rng: Rng) -> None:
    _, other = make_files()[int(rng.integers(len(make_files())))]
    data[int(rng.integers(len(data) + 1)) :] = other[int(rng.integers(len(other))) :]


_CHANGES = _flip, _cut, _drop, _repeat, _lie, _lie, _splice


def _mend_checksums(png: bytes) -> bytes:
    """Its chunks with sums that fit, so that decoders look further."""
    parts, place = [png[:8]], 8
    while place + 12 <= len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        if place + 12 + size > len(png):
            break
        parts.append(_chunk(png[place + 4 : place + 8], png[place + 8 : place + 8 + size]))
        place += 12 + size
    return b"".join([*parts, png[place:]])
