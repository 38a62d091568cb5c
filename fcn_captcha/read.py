"""Read images with a trained model: ``python -m fcn_captcha.read --help``."""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from fcn_captcha.data.errors import DataError

_CHUNK = 64  # files that are read together


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.read",
        description="Print a line an image: its path, a tab, the string, a tab, the confidence.",
        epilog="example: python -m fcn_captcha.read runs/first image.png scans/",
        allow_abbrev=False,
    )
    parser.add_argument("model", help="a run's folder or a model file")
    parser.add_argument("images", nargs="+", help="image files, and folders of them")
    add_search_flags(parser)
    return parser


def add_search_flags(parser: argparse.ArgumentParser) -> None:
    """Flags that change the search for the best string."""
    parser.add_argument("--length", metavar="N", help="how many characters to find: 5, or 4-6")
    parser.add_argument("--allowed", metavar="S", help="the only characters to look for: 0123456789")


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail
    from fcn_captcha.data.images import read_image
    from fcn_captcha.model.backend import load_keras
    from fcn_captcha.reading.reader import Reader

    escape_output()
    try:
        load_keras()
        reader = Reader.load(options.model, options.length, options.allowed)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    failed = False
    paths = find_paths(options.images)
    while chunk := list(islice(paths, _CHUNK)):
        images = []
        for path in chunk:
            try:
                if isinstance(path, Exception):
                    raise path
                images.append((path, read_image(path)))
            except DataError as error:
                print(f"error: {error}", file=sys.stderr)
                failed = True
        for (path, _), reading in zip(images, reader.read_many(image for _, image in images), strict=True):
            print(f"{path}\t{reading.text}\t{reading.confidence:.3f}", flush=True)
    return 1 if failed else 0


def find_paths(images: list[str]) -> Iterator[Path | Exception]:
    """Files as they are, folders as the images in them, a folder without any as the error it is."""
    from fcn_captcha.data.images import find_images

    for image in images:
        path = Path(image)
        if not path.is_dir():
            yield path
            continue
        try:
            yield from find_images(path)
        except DataError as error:
            yield error


if __name__ == "__main__":
    raise SystemExit(main())
