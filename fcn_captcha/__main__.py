"""All commands under one name: ``fcn-captcha train ...`` is ``python -m fcn_captcha.train ...``."""

import sys
from importlib import import_module

COMMANDS = {
    "train": "train a reader from images and their strings",
    "select": "train many starts, keep the best",
    "read": "read images with a trained model",
    "evaluate": "measure a trained model on labelled images",
    "generate": "draw labelled images",
    "deskew": "level slanting text",
    "probe": "measure how far a network sees",
    "explain": "show which strokes a character is read by",
    "serve": "read images over HTTP",
}


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in COMMANDS:
        status: int = import_module(f"fcn_captcha.{given[0]}").main(given[1:])
        return status
    lines = "\n".join(f"  {name:<10} {what}" for name, what in COMMANDS.items())
    usage = f"usage: fcn-captcha COMMAND ...\n\n{lines}\n\nfcn-captcha COMMAND --help tells more.\n"
    if given and given[0] in ("-h", "--help"):
        print(usage, end="")
        return 0
    sys.stderr.write(
        usage + (f"error: command: one of {', '.join(COMMANDS)} is needed, got {given[0]!r}\n" if given else "")
    )
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
