"""A worker process that ends with the process it works for, even if that was killed."""

import os
import threading
import time

LEFT_ALONE = 3  # the exit status then
_EVERY_S = 0.5
_owners: set[int] = set()


def tether(owner: int) -> None:
    """From now on this process ends at once when the process of that number, on this machine, is no more.

    Without effect on Windows, where one can't be asked for without ending it.
    """
    if os.name == "posix" and owner not in _owners and owner != os.getpid():
        _owners.add(owner)
        threading.Thread(target=_watch, args=(owner, os.getppid()), daemon=True, name="tether").start()


def _watch(owner: int, parent: int) -> None:
    while os.getppid() == parent:  # one that ended can still be there by number until somebody asks how it ended
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            os._exit(LEFT_ALONE)
        except PermissionError:  # it is there, another user's
            pass
        time.sleep(_EVERY_S)
    os._exit(LEFT_ALONE)
