"""A generator's images as a folder: PNG and labelme JSON, in shards, and one sheet to look at."""

import contextlib
import json
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import write_json, write_whole
from fcn_captcha.data.images import Pixels
from fcn_captcha.data.labelme import write_labelme
from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.synthesis.fonts import UNASSIGNED, check_characters, find_fonts, load_font

SHARD = 10_000  # images in one folder; more than that and many file systems slow down
_CHUNK = 500  # images that one process draws before it says so, at most
_RECORD = "generator.json"
_SHEET_COLUMNS, _SHEET_ROWS, _SHEET_PX = 4, 8, 1200
_UNSAFE = frozenset('/\\:*?"<>|-. ') | {chr(i) for i in range(32)}


@dataclass(frozen=True)
class Order:
    """What to draw: the image of a number depends on these and on nothing else.

    Attributes:
        generator: its name.
        options: of the generator, such as ``{"length": "4-6"}``.
        seed: of the stream.
    """

    generator: str
    options: dict[str, str | int | float]
    seed: int

    def draw(self, start: int = 0) -> Iterator[Sample]:
        """The images from number ``start`` on."""
        return stream(find_generator(self.generator, self.options), self.seed, start)


def write_folder(order: Order, folder: Path, count: int, jobs: int = 1) -> Iterator[int]:
    """Draws images 0 to ``count`` - 1 into ``folder``; those that are there already stay.

    Up to :data:`SHARD` images lie right in the folder, more in sub-folders of so many. An image is
    named ``<string>-<number>.png``, its JSON alike. No more than a few images are held at once.

    Args:
        jobs: processes that draw.

    Yields how many images the folder holds, now and then. Raises :class:`~fcn_captcha.data.errors.DataError`
    where the folder holds something else, ``ValueError`` for a generator that can't be had.
    """
    order.draw()  # an unknown generator or option is found before anything is written
    begin_folder(order, folder, {"sub-folders": count > SHARD})
    shards = max(1, -(-count // SHARD))
    size = max(1, min(_CHUNK, -(-count // (4 * jobs))))  # of a chunk: some for each process, so that none waits long
    chunks: list[tuple[Path, range]] = []
    held = 0
    for shard in range(shards):
        place = folder if shards == 1 else folder / f"{shard:05d}"
        place.mkdir(parents=True, exist_ok=True)
        numbers = range(shard * SHARD, min(count, (shard + 1) * SHARD))
        done = _find_done(place)
        held += sum(number in done for number in numbers)
        for first in range(numbers.start, numbers.stop, size):
            chunk = range(first, min(first + size, numbers.stop))
            if not all(number in done for number in chunk):
                chunks.append((place, chunk))
    yield held
    if jobs == 1:
        for place, numbers in chunks:
            held += _write_chunk(order, place, numbers)
            yield held
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        waiting = [pool.submit(_write_chunk, order, place, numbers) for place, numbers in chunks]
        try:
            for done_chunk in as_completed(waiting):
                held += done_chunk.result()
                yield held
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def make_sheet(samples: Iterable[Sample], fonts: str = "") -> Pixels:
    """Some images side by side, their centres marked, their strings below.

    Args:
        samples: any number, of which the first are shown.
        fonts: the generator's, for strings that Pillow's own font can't write.
    """
    shown = list(islice(samples, _SHEET_COLUMNS * _SHEET_ROWS))
    if not shown:
        raise ValueError("samples: at least one is needed, got none")
    width = _SHEET_PX // _SHEET_COLUMNS
    tall = max(round(s.image.shape[0] * min(2.0, (width - 12) / s.image.shape[1])) for s in shown)
    rows = -(-len(shown) // _SHEET_COLUMNS)
    sheet = Image.new("RGB", (_SHEET_PX, rows * (tall + 28) + 8), "#e8e8e8")
    pen = ImageDraw.Draw(sheet)
    for i, sample in enumerate(shown):
        scale = min(2.0, (width - 12) / sample.image.shape[1])
        size = round(sample.image.shape[1] * scale), round(sample.image.shape[0] * scale)
        x, y = (i % _SHEET_COLUMNS) * width + 6, (i // _SHEET_COLUMNS) * (tall + 28) + 8
        sheet.paste(Image.fromarray(cv2.resize(sample.image, size, interpolation=cv2.INTER_LINEAR)), (x, y))
        for centre in () if sample.centres is None else sample.centres:
            at = np.array([x, y]) + (centre + 0.5) * scale
            pen.ellipse([*(at - 3), *(at + 3)], fill="#d55e00", outline="white")
        text, font = _choose_font(sample.text, fonts)
        pen.text((x, y + size[1] + 3), text, fill="black", font=font)
    return np.asarray(sheet)


def _choose_font(text: str, fonts: str) -> tuple[str, ImageFont.FreeTypeFont | ImageFont.ImageFont]:
    """The text and a font that has all of it; escaped where none does."""
    usual = ImageFont.load_default(14)
    missing = bytes(usual.getmask(UNASSIGNED))
    if all(bytes(usual.getmask(character)) != missing for character in text):
        return text, usual
    for path in find_fonts(fonts) if fonts else ():
        with contextlib.suppress(ValueError):
            check_characters((path,), text)
            return text, load_font(path, 14)
    return text.encode("ascii", "backslashreplace").decode(), usual


def begin_folder(order: Order, folder: Path, form: dict[str, bool | int]) -> None:
    """Makes the folder, or sees that it was begun with the same order and in the same ``form``.

    Raises :class:`~fcn_captcha.data.errors.DataError` where it was begun otherwise or holds something else.
    """
    record = {"generator": order.generator, "seed": order.seed, **form, **order.options}
    path = folder / _RECORD
    if path.exists():
        try:
            found = dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            found = {}
        other = [key for key in {**record, **found} if record.get(key) != found.get(key)]
        if other:
            key = other[0]
            raise DataError(
                f"{folder}: was begun with {key} {found.get(key)!r}, now {record.get(key)!r}; choose another --out"
            )
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: exists and holds something else; choose another --out")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, record)


def _find_done(folder: Path) -> set[int]:
    """Numbers of the images that are complete: the JSON is written last."""
    numbers = (path.stem.rpartition("-")[2] for path in folder.glob("*.json"))
    return {int(number) for number in numbers if number.isdigit()}


def _write_chunk(order: Order, folder: Path, numbers: range) -> int:
    """Writes the images that are not there yet. Returns how many these were."""
    cv2.setNumThreads(1)  # the processes share the cores already
    done = _find_done(folder) & set(numbers)
    make = find_generator(order.generator, order.options)
    for number in numbers:
        if number not in done:
            sample = next(stream(make, order.seed, number))
            image_path = folder / f"{make_stem(sample.text, number)}.png"
            write_whole(image_path, encode_png(sample.image))
            height, width = sample.image.shape[:2]
            write_labelme(
                image_path.with_suffix(".json"), image_path, (width, height), sample.text, sample.centres, sample.boxes
            )
    return len(numbers) - len(done)


def make_stem(text: str, number: int) -> str:
    """The name of an image without its ending: its string, what no file's name can hold replaced, and its number."""
    return "".join("_" if c in _UNSAFE else c for c in text) + f"-{number}"


def encode_png(image: Pixels) -> bytes:
    """An image, uint8 (height, width, 3), RGB, as a PNG file."""
    return cv2.imencode(".png", image[:, :, ::-1])[1].tobytes()
