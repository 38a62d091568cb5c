"""A lock on a folder, held by one process at a time and gone with it, however it ends."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def hold(path: Path, what: str) -> Iterator[None]:
    """Holds the lock file ``path`` while the block runs; its folder is made where it is missing.

    Raises ``FileExistsError``, naming the file, ``what`` is going on and by which process, where another holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _take(path)
    if descriptor is None:
        raise FileExistsError(f"{path.parent}: {what}, by process {_read_owner(path)}; wait for it, or end it")
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        with contextlib.suppress(PermissionError):  # Windows, where another looks at it
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _take(path: Path) -> int | None:
    """The open file, locked, or None where another process has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        # One that ended meanwhile may have taken the file away.
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # a locked byte can't be read, so one beyond the owner's number
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _read_owner(path: Path) -> str:
    try:
        return path.read_text() or "unknown"
    except OSError:
        return "unknown"
