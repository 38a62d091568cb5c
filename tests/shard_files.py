"""Shards: made of any files, or of images that differ in what they show."""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image


def write_tar(path: Path, files: list[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=form) as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def make_png(seed: int, width: int = 80) -> bytes:
    """Dark stripes on a noisy ground, which could say anything."""
    pixels = np.random.default_rng(seed).integers(200, 256, (24, width, 3)).astype(np.uint8)
    pixels[6:18, 2 : width - 2 : 6] = 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def write_stripe_shards(folder: Path, images: int = 200, size: int = 50) -> Path:
    """Images named after their strings and a number, ``1ab-0.png`` and so on."""
    for first in range(0, images, size):
        files = [(f"{i % 7}ab-{i}.png", make_png(i)) for i in range(first, min(first + size, images))]
        write_tar(folder / f"{first // size:05d}.tar", files)
    return folder
