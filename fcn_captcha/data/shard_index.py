"""Where each image lies in a folder of shards: a table on disk, made from the archives' headers once.

A shard is a tar archive in WebDataset's form: files that follow each other and have one name up to its
first dot are about one image. No Python object stands for an image, so that millions take little memory.
"""

import hashlib
import json
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.images import SUFFIXES, show_path
from fcn_captcha.data.labelme import decode_annotation
from fcn_captcha.data.problems import Problems
from fcn_captcha.data.splits import find_rank, find_tenth
from fcn_captcha.data.stated_labels import decode_text
from fcn_captcha.data.tar_members import Member, list_members

INDEX_NAME = ".fcn_captcha-index"  # of the table, beside the shards
_FORMAT = 1
_TEXTS = ("txt", "gt.txt")
_CHUNK = 10_000  # images that are looked at together
_LONGEST_WORD, _LARGEST_FILE = 2**16 - 1, 2**32 - 1  # bytes of a name or label, and of an image
_LONGEST_TEXT = 2**20  # bytes of a .txt or .json that is looked at

ENTRY = np.dtype(
    [
        ("offset", "<u8"),  # of the image in its shard, in bytes
        ("json_offset", "<u8"),
        ("words", "<u8"),  # where name and label begin, in what follows the table
        ("rank", "<u8"),  # by the hash of the bare name
        ("size", "<u4"),
        ("json_size", "<u4"),  # 0 where there is none
        ("shard", "<u4"),
        ("name_size", "<u2"),
        ("text_size", "<u2"),  # 0 where nothing in the shard states a label
        ("tenth", "u1"),  # by the hash of the bare name
    ]
)


class Named(NamedTuple):
    """An image of the index: its number, its name in the shard, and the label stated there, or ''."""

    number: int
    name: str
    text: str


@dataclass(frozen=True)
class ShardIndex:
    """The images of some shards.

    Attributes:
        paths: the shards.
        entries: (images,) of :data:`ENTRY`.
        content: of the file: the table, and names and labels in UTF-8.
        problems: lines about what can't be used.
        digest: a hash of all but the shards' place and time.
    """

    paths: tuple[Path, ...]
    entries: npt.NDArray[Any] = field(repr=False)
    content: mmap.mmap = field(repr=False)
    problems: tuple[str, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.entries)

    def list_names(self, numbers: npt.NDArray[np.uint32] | None = None) -> Iterator[Named]:
        """The images of these numbers, or all, with their names and stated labels."""
        numbers = np.arange(len(self), dtype=np.uint32) if numbers is None else numbers
        for first in range(0, len(numbers), _CHUNK):
            chosen = numbers[first : first + _CHUNK]
            part = self.entries[chosen]
            starts = (self.entries.nbytes + part["words"]).tolist()
            sizes, texts = part["name_size"].tolist(), part["text_size"].tolist()
            for number, start, size, text in zip(chosen.tolist(), starts, sizes, texts, strict=True):
                word = self.content[start : start + size + text]
                yield Named(number, word[:size].decode("utf-8", "surrogateescape"), word[size:].decode())


def read_index(folder: Path, paths: Sequence[Path]) -> ShardIndex:
    """The index of the shards ``paths`` of a folder: that beside them, or a new one where they have changed.

    Where the folder can't be written the new one lies in a temporary file.
    Raises :class:`DataError` where there is no image in any of them.
    """
    stamps = [[show_path(p.relative_to(folder)), (s := p.stat()).st_size, s.st_mtime_ns] for p in paths]
    path = folder / INDEX_NAME
    try:
        with path.open("rb") as file:
            found = _load(file, paths, stamps)
    except OSError:
        found = None
    found = _make(path, paths, stamps) if found is None else found
    assert found is not None, "what was just written can be read"
    if not len(found):
        shown = "".join(f"\n  {line}" for line in found.problems[:10])
        raise DataError(f"{show_path(folder)}: no image in its {len(paths)} shards{shown}")
    return found


def _load(file: BinaryIO, paths: Sequence[Path], stamps: list[list[Any]]) -> ShardIndex | None:
    """The index in an open file, or None where it is of other shards, another version, or no index."""
    end = file.seek(0, 2)
    try:
        file.seek(end - 8)
        length = int.from_bytes(file.read(8), "big")
        file.seek(end - 8 - length)
        record = json.loads(file.read(length))
        if record["format"] != _FORMAT or record["shards"] != stamps:
            return None
        count, words = record["images"], record["words"]
        if count * ENTRY.itemsize + words + length + 8 != end:
            return None
    except (ValueError, KeyError, TypeError, OSError):
        return None
    content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    entries = np.frombuffer(content, ENTRY, count)
    return ShardIndex(tuple(paths), entries, content, tuple(record["problems"]), record["digest"])


# --- making it --------------------------------------------------------------------------------------


@dataclass
class _Group:
    """The files about one image."""

    key: str
    image: Member | None = None
    text: Member | None = None
    json: Member | None = None


def _make(path: Path, paths: Sequence[Path], stamps: list[list[Any]]) -> ShardIndex | None:
    """A new index as ``path``, written whole or not at all, or in a temporary file where that can't be."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        file: BinaryIO = partial.open("w+b")
    except OSError:
        with tempfile.TemporaryFile() as temporary:
            _write(temporary, paths, stamps)
            return _load(temporary, paths, stamps)
    try:
        with file:
            _write(file, paths, stamps)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    with path.open("rb") as file:
        return _load(file, paths, stamps)


def _write(file: BinaryIO, paths: Sequence[Path], stamps: list[list[Any]]) -> None:
    """Table, words, a record as JSON and its length; all but the last goes to disk as it is found."""
    problems = Problems()
    digest = hashlib.sha256()
    images = 0
    with tempfile.TemporaryFile() as words:
        for number, path in enumerate(paths):
            for chunk in _chunks(_list_images(path, number, problems)):
                start = words.tell()
                sizes = np.array([len(name) + len(text) for _, name, text in chunk])
                entries = np.array([row for row, _, _ in chunk], ENTRY)
                entries["words"] = start + np.cumsum(sizes) - sizes
                content = b"".join(name + text for _, name, text in chunk)
                words.write(content)
                file.write(entries.tobytes())
                digest.update(entries.tobytes() + content)
                images += len(entries)
        size = words.tell()
        words.seek(0)
        shutil.copyfileobj(words, file)
    record = {"format": _FORMAT, "shards": stamps, "images": images, "words": size, "digest": digest.hexdigest()}
    tail = json.dumps({**record, "problems": problems.take()}).encode()
    file.write(tail + len(tail).to_bytes(8, "big"))
    file.flush()


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


Row = tuple[tuple[int, ...], bytes, bytes]  # an entry, its name and its label


def _list_images(path: Path, shard: int, problems: Problems) -> Iterator[Row]:
    """The images of a shard, as far as it is whole."""
    shown = show_path(path)
    try:
        with path.open("rb") as file:
            for group in _gather(list_members(file, shown), shown, problems):
                if group.image is not None:
                    try:
                        yield _make_row(group, group.image, shard, _find_text(group, file, shown, problems))
                    except ValueError as error:
                        problems.add(f"{shown}: {show_path(group.image.name[:100])}: {error} (left out)")
                elif group.text is not None:
                    problems.add(
                        f"{shown}: {show_path(group.text.name)}: no image of that name beside it in the archive; what "
                        "belongs together must follow each other, as in one made with tar --sort=name (not read)"
                    )
    except (DataError, OSError) as error:
        problems.add(f"{error} (the rest of it is left out)")


def _gather(members: Iterator[Member], shown: str, problems: Problems) -> Iterator[_Group]:
    """Files that follow each other and have one key: folder and name up to its first dot."""
    group = _Group("")
    try:
        for member in members:
            folder, _, bare = member.name.rpartition("/")
            stem, _, ending = bare.partition(".")
            ending = ending.lower()
            if not stem or not ending:  # hidden, a folder, or none of WebDataset's
                continue
            key = f"{folder}/{stem}"
            if key != group.key:
                yield group
                group = _Group(key)
            if ending in _TEXTS:
                group.text = group.text or member
            elif ending == "json":
                group.json = member
            elif f".{ending}" in SUFFIXES and group.image is None:
                group.image = member
            elif ending.endswith(SUFFIXES) or f".{ending}" in SUFFIXES:
                why = "a second image" if f".{ending}" in SUFFIXES else f"its ending, after the first dot, is .{ending}"
                problems.add(f"{shown}: {show_path(member.name)}: {why} (left out)")
    except DataError:
        yield group
        raise
    yield group


def _find_text(group: _Group, file: BinaryIO, shown: str, problems: Problems) -> str:
    """The label that the text or else the JSON of an image states, or ''."""
    for member in (group.text, group.json):
        if member is None:
            continue
        name = f"{shown}: {show_path(member.name)}"
        if member.size > _LONGEST_TEXT:
            problems.add(f"{name}: {member.size:,} bytes, at most {_LONGEST_TEXT:,} are looked at (not used)")
            continue
        file.seek(member.offset)
        content = file.read(member.size)
        try:
            if member is group.text:
                return decode_text(content, name)
            annotation = decode_annotation(content, name)
            return "" if annotation.done is False else annotation.text or annotation.spelled
        except DataError as error:
            problems.add(f"{error} (not used)")
    return ""


def _make_row(group: _Group, image: Member, shard: int, text: str) -> Row:
    """Raises ``ValueError`` where a name, a label or a file is longer than the table can say, or a label no text."""
    name, stated = image.name.encode("utf-8", "surrogateescape"), text.encode()
    if max(len(name), len(stated)) > _LONGEST_WORD or image.size > _LARGEST_FILE:
        sizes = f"{len(name):,}, {len(stated):,} and {image.size:,}"
        raise ValueError(f"name, label or file is too long, they have {sizes} bytes")
    bare = PurePosixPath(image.name).name
    json_at, json_size = (group.json.offset, group.json.size) if group.json is not None else (0, 0)
    numbers = image.offset, json_at, 0, find_rank(bare), image.size, json_size
    return (*numbers, shard, len(name), len(stated), find_tenth(bare)), name, stated
