"""A generator's images as shards: tar archives in WebDataset's form, PNG, string and labelme JSON of each image."""

import os
import signal
import tarfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import cv2

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import encode_annotation
from fcn_captcha.data.samples import Sample
from fcn_captcha.data.tar_members import list_members
from fcn_captcha.synthesis.folder import Order, begin_folder, encode_png, make_stem

_LEAST, _MOST = 1, 1_000_000  # images in a shard


def write_shards(order: Order, folder: Path, count: int, size: int, jobs: int = 1) -> Iterator[int]:
    """Draws images 0 to ``count`` - 1 into ``folder``, ``size`` in each shard; those that are whole stay.

    A shard is written whole or not at all, ``00000.tar`` first, by one process. An image and what belongs to it
    are named ``<string>-<number>``. One image is held at a time.

    Args:
        jobs: processes that draw.

    Yields how many images the folder holds, after each shard. Raises
    :class:`~fcn_captcha.data.errors.DataError` where the folder holds something else, ``ValueError`` for a
    generator that can't be had or a size that can't be.
    """
    if not _LEAST <= size <= _MOST:
        raise ValueError(f"shards: {_LEAST} to {_MOST:,} images each are needed, got {size}")
    order.draw()  # an unknown generator or option is found before anything is written
    begin_folder(order, folder, {"shards": size})
    shards = [(folder / f"{i // size:05d}.tar", range(i, min(i + size, count))) for i in range(0, count, size)]
    missing = [(path, numbers) for path, numbers in shards if _count_images(path) < len(numbers)]
    held = count - sum(len(numbers) for _, numbers in missing)
    yield held
    if min(jobs, len(missing)) <= 1:
        for path, numbers in missing:
            held += _write_shard(order, path, numbers)
            yield held
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        waiting = [pool.submit(_write_shard, order, path, numbers) for path, numbers in missing]
        try:
            for done in as_completed(waiting):
                held += done.result()
                yield held
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _count_images(path: Path) -> int:
    """How many images a shard holds; 0 where there is none, or one that is cut off."""
    try:
        with path.open("rb") as file:
            return sum(member.name.endswith(".png") for member in list_members(file, str(path)))
    except (OSError, DataError):
        return 0


def _write_shard(order: Order, path: Path, numbers: range) -> int:
    """Writes a shard beside ``path`` and moves it into place. Returns how many images it holds."""
    cv2.setNumThreads(1)  # the processes share the cores already
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:  # tarfile.open would keep an object for each file
            for number, sample in zip(numbers, order.draw(numbers.start), strict=False):
                for name, content in _encode(sample, make_stem(sample.text, number)):
                    file.write(encode_member(name, content))
            file.write(bytes(2 * tarfile.BLOCKSIZE))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return len(numbers)


def encode_member(name: str, content: bytes) -> bytes:
    """A file as it stands in a tar archive; two empty blocks end that."""
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    return entry.tobuf() + content + bytes(-len(content) % tarfile.BLOCKSIZE)


def _encode(sample: Sample, stem: str) -> Iterator[tuple[str, bytes]]:
    """The files of one image, by name."""
    height, width = sample.image.shape[:2]
    yield f"{stem}.png", encode_png(sample.image)
    yield f"{stem}.txt", sample.text.encode()
    if sample.centres is not None:
        text = encode_annotation(f"{stem}.png", (width, height), sample.text, sample.centres, sample.boxes)
        yield f"{stem}.json", text.encode()
