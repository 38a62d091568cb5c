"""Folders of labelled images: made, and what was understood of them."""

from pathlib import Path

import numpy as np
from conftest import write_png
from PIL import Image

from fcn_captcha.data.samples import Folder


def fill(folder: Path, *names: str) -> None:
    """Images that all differ."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.rglob("*.png")))
        write_png(path, 20 + number % 200, (30 + number // 200, 20))


def tell(folder: Folder) -> dict[str, str]:
    return {sample.name: sample.text for sample in folder.samples}


def write_stripes(path: Path, seed: int, width: int = 80) -> Path:
    """An image of dark stripes on a noisy ground, which could say anything."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(200, 256, (24, width, 3)).astype(np.uint8)
    pixels[6:18, 2 : width - 2 : 6] = 0
    Image.fromarray(pixels).save(path)
    return path


def write_namesakes(folder: Path) -> Path:
    """The same names in two folders, a and b; every third image in b is too narrow for its string."""
    for i in range(40):
        write_stripes(folder / "a" / f"1{i:02d}ab.png", i)
        write_stripes(folder / "b" / f"1{i:02d}ab.png", 100 + i, 80 if i % 3 else 12)
    return folder


def write_bars(folder: Path, texts: list[str]) -> None:
    """Small images, all of one size, of up to two characters: a is a bar, b one with a flag."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for i, text in enumerate(texts):
        pixels = rng.integers(230, 256, (24, 37, 3)).astype(np.uint8)
        for k, character in enumerate(text):
            pixels[5:19, 6 + 14 * k : 9 + 14 * k] = 0
            if character == "b":
                pixels[5:8, 6 + 14 * k : 16 + 14 * k] = 0
        Image.fromarray(pixels).save(folder / f"{text}-{i}.png")
