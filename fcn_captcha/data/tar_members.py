"""The files in a tar archive, by their headers alone: contents are stepped over, none is read."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from fcn_captcha.data.errors import DataError

_BLOCK = 512  # bytes; headers and contents begin at multiples of it
_END = bytes(_BLOCK)
_FILES = b"0", b"\0", b"7"
_LONG_NAME, _RECORDS = b"L", b"x"  # of GNU tar and of pax (POSIX): they stand before the file that they are about
_LARGEST_HEAD = 2**20  # bytes of such a name or record


class Member(NamedTuple):
    """A file in an archive: its name there, where its content begins, and how many bytes that has."""

    name: str
    offset: int
    size: int


def list_members(file: BinaryIO, name: str) -> Iterator[Member]:
    """The regular files of an archive that is not compressed, in their order.

    The form is POSIX's (ustar, pax) or GNU's. ``file`` may be moved about between two members.
    Raises :class:`DataError`, with ``name``, where the archive is cut off or damaged, after all that came before.
    """
    end = file.seek(0, 2)
    if not end:
        raise DataError(f"{name}: the file is empty")
    at = 0
    stated: dict[str, str] = {}
    while at < end:
        file.seek(at)
        block = file.read(_BLOCK)
        if block == _END:
            return
        size, kind = _check_header(block, name, at), block[156:157]
        size = int(stated.get("size", size))
        body, at = at + _BLOCK, at + _BLOCK + -(-size // _BLOCK) * _BLOCK
        if size < 0 or body + size > end:
            raise DataError(f"{name}: cut off: it ends at byte {end:,}, within a file of {size:,} bytes at {body:,}")
        if kind in (_LONG_NAME, _RECORDS):
            if size > _LARGEST_HEAD:
                raise DataError(f"{name}: damaged at byte {body:,}: a name or record of {size:,} bytes")
            content = file.read(size)
            stated |= {"path": _decode(content)} if kind == _LONG_NAME else _parse_records(content, name, body)
            continue
        if kind in _FILES:
            yield Member(stated.get("path") or _find_name(block), body, size)
        stated = {}
    raise DataError(f"{name}: cut off: the empty block that ends an archive is missing")


def _check_header(block: bytes, name: str, at: int) -> int:
    """The size that a header states. Raises :class:`DataError` where it is no header."""
    try:
        if len(block) == _BLOCK and sum(block) - sum(block[148:156]) + 8 * 32 == int(block[148:156].strip(b" \0"), 8):
            if block[124] & 0x80:  # too large for octal digits: GNU's binary form
                return int.from_bytes(block[125:136], "big")
            return int(block[124:136].strip(b" \0") or b"0", 8)
    except ValueError:
        pass
    why = "cut off within a header" if len(block) < _BLOCK else "no header of a tar archive is there"
    raise DataError(f"{name}: damaged at byte {at:,}: {why}")


def _find_name(block: bytes) -> str:
    own = _decode(block[:100])
    prefix = _decode(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return f"{prefix}/{own}" if prefix else own


def _decode(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _parse_records(content: bytes, name: str, at: int) -> dict[str, str]:
    """Lines such as ``25 path=00000/ab12-3.png``, each beginning with its own length."""
    records, left = {}, content
    try:
        while left.strip(b"\0"):
            length = int(left[: left.index(b" ")])
            key, _, value = left[:length].partition(b" ")[2].removesuffix(b"\n").partition(b"=")
            if length < 5:
                raise ValueError(length)
            records[key.decode()] = value.decode("utf-8", "surrogateescape")
            left = left[length:]
        int(records.get("size", 0))
    except ValueError:
        raise DataError(f"{name}: damaged at byte {at:,}: not the records of pax") from None
    return records
