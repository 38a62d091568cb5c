"""Folders of labelled images: made, and what was understood of them."""

from pathlib import Path

from conftest import write_png

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
