"""Runs a module as a program that ends with whoever started it, even if that was killed.

    python -m annotation.tethered MODULE ARGUMENTS...

Its standard input is a pipe that the starter holds open; when nobody does any more, the program ends at once.
"""

import os
import runpy
import sys
import threading

LEFT_ALONE = 3  # the exit status then


def _watch() -> None:
    while os.read(0, 4096):  # not sys.stdin, whose lock this thread would hold while Python ends
        pass
    os._exit(LEFT_ALONE)


def main() -> None:
    module, *arguments = sys.argv[1:]
    threading.Thread(target=_watch, daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
