"""Read images: ``python -m fcn_captcha.read --help``."""

import argparse
import os
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from fcn_captcha.data.errors import DataError, ModelFileError

if TYPE_CHECKING:
    from fcn_captcha.reading.reader import Reader
    from fcn_captcha.reading.records import Records

_STANDARD_INPUT = "-"
_MODELS = (".onnx", ".keras")
_DOUBTFUL = 0.5  # a reading less sure is as likely wrong as right
_HINT = (
    "the package's own model is unsure of {doubtful:,} of {read:,}: it may not know this kind of image. "
    "A reader of your own: python -m fcn_captcha.train --data FOLDER_OF_LABELLED_IMAGES"
)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.read",
        usage="%(prog)s [flags] [MODEL] IMAGE [IMAGE ...]",
        description="Print a line an image: its path, a tab, the string, a tab, the confidence.",
        epilog="example: python -m fcn_captcha.read runs/first image.png scans/ --out readings.csv",
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="[MODEL] IMAGE",
        help="a run's folder or a model file, the package's own model if there is none; then image files, folders of "
        "them, patterns such as 'scans/*.png', or - for an image on standard input",
    )
    add_search_flags(parser)
    parser.add_argument("--min-confidence", type=float, default=0.0, metavar="X", help="leave less sure readings empty")
    parser.add_argument(
        "--out", metavar="S", help="file for the lines: .csv, .jsonl or .txt; one that is there already is gone on with"
    )
    parser.add_argument(
        "--format", choices=("text", "csv", "jsonl"), help="of the lines; JSON has each character's place and score"
    )
    parser.add_argument("--draw", metavar="S", help="folder for pictures of the readings")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes that read at a time (default 1)")
    return parser


def add_search_flags(parser: argparse.ArgumentParser) -> None:
    """Flags that change the search for the best string."""
    parser.add_argument("--length", metavar="N", help="how many characters to find: 5, or 4-6")
    parser.add_argument("--allowed", metavar="S", help="the only characters to look for: 0123456789")


@dataclass
class Tally:
    """How many images were read, how many readings are doubtful or were left empty, and how many images failed."""

    read: int = 0
    doubtful: int = 0
    left_empty: int = 0
    failed: int = 0

    def complain(self, error: DataError) -> None:
        print(f"error: {error}", file=sys.stderr)
        self.failed += 1


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail

    escape_output()
    tally = Tally()
    try:
        from fcn_captcha.reading.reader import Reader
        from fcn_captcha.reading.records import Records, find_format

        if not 0 <= options.min_confidence <= 1:
            raise ValueError(f"min_confidence: it must lie in 0 to 1, got {options.min_confidence}")
        if options.jobs < 1:
            raise ValueError(f"jobs: at least 1 is needed, got {options.jobs}")
        model, images = split_model(options.paths)
        if options.draw:
            Path(options.draw).mkdir(parents=True, exist_ok=True)
        reader = Reader.load(model, options.length, options.allowed)
        with Records(sys.stdout, find_format(options.out, options.format), options.out) as records:
            read(reader, find_paths(images, tally), records, options, tally)
    except BrokenPipeError:  # whoever took the lines has enough, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        then = "; the same command goes on from here" if options.out else ""
        print(f"stopped after {tally.read:,} images{then}", file=sys.stderr)
        return 130
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    if tally.left_empty:
        print(f"{tally.left_empty:,} of {tally.read:,} are less sure: left empty", file=sys.stderr)
    if model is None and tally.doubtful > tally.read / 2:
        print(_HINT.format(doubtful=tally.doubtful, read=tally.read), file=sys.stderr)
    return 1 if tally.failed else 0


def read(reader: "Reader", paths: list[Path], records: "Records", options: argparse.Namespace, tally: Tally) -> None:
    """Reads what the records don't have yet; what can't be read is named on standard error."""
    from fcn_captcha.console.progress import Watch
    from fcn_captcha.data.images import show_path
    from fcn_captcha.reading.drawing import draw_reading
    from fcn_captcha.reading.reader import Readable, load_pixels

    given: deque[tuple[Path, Readable]] = deque()
    pictures = name_pictures(paths) if options.draw else {}

    def take() -> Iterator[Readable]:
        for path in paths:
            if show_path(path) not in records.done:
                given.append((path, sys.stdin.buffer.read() if str(path) == _STANDARD_INPUT else path))
                yield given[-1][1]

    with Watch(quiet=not options.out) as watch:
        for reading in reader.try_many(take(), options.jobs):
            path, image = given.popleft()
            if isinstance(reading, DataError):
                tally.complain(reading)
                continue
            tally.read += 1
            tally.doubtful += reading.confidence < _DOUBTFUL
            if options.draw:
                draw_reading(load_pixels(image), reading).save(Path(options.draw) / pictures[path])
            if reading.confidence < options.min_confidence:
                tally.left_empty += 1
                reading = replace(reading, text="", characters=())
            records.write(path, reading)
            at = tally.read + tally.failed + len(records.done)
            watch.move(at / len(paths), f"{at:,} of {len(paths):,}")


def split_model(paths: list[str]) -> tuple[Path | None, list[str]]:
    """The model, if the first path is one, and the images.

    Raises :class:`~fcn_captcha.data.errors.ModelFileError` where there is a model but no image, or a first
    path that is neither.
    """
    first, rest = Path(paths[0]), paths[1:]
    is_model = first.suffix in (".onnx", ".keras") or any(
        (first / f"model{end}").exists() for end in (".onnx", ".keras")
    )
    if is_model:
        if not rest:
            raise ModelFileError(f"{first}: this is a model; images to read are needed after it")
        return first, rest
    if rest and not first.suffix and not first.exists() and paths[0] != _STANDARD_INPUT and not _is_pattern(paths[0]):
        raise ModelFileError(f"{first}: no such model file or folder")
    return None, paths


def find_paths(images: list[str], tally: Tally) -> list[Path]:
    """Files as they are, folders and patterns as the images that they stand for; one that stands for none is named."""
    from fcn_captcha.data.images import find_images

    found: list[Path] = []
    for image in images:
        path = Path(image)
        try:
            if path.is_dir():
                found += find_images(path)
            elif _is_pattern(image) and not path.exists():
                matches = [Path(match) for match in sorted(glob(image, recursive=True)) if Path(match).is_file()]
                if not matches:
                    raise DataError(f"{image}: no file matches")
                found += matches
            else:
                found.append(path)
        except DataError as error:
            tally.complain(error)
    return found


def _is_pattern(path: str) -> bool:
    return any(c in path for c in "*?[")


def name_pictures(paths: list[Path]) -> dict[Path, str]:
    """A file name for the picture of each image: its own, with its folders' before it where two share it."""
    names: dict[Path, str] = {}
    for count in range(1, max((len(path.parts) for path in paths), default=0) + 1):
        short = {path: "-".join(path.parts[-count:]).replace(os.sep, "") for path in paths if path not in names}
        often = Counter(f"{Path(name).stem}.png" for name in short.values())
        for path, name in short.items():
            picture = f"{Path(name).stem}.png"
            if often[picture] == 1 or count >= len(path.parts):
                names[path] = picture if often[picture] == 1 else f"{name}.png"
    return names


if __name__ == "__main__":
    raise SystemExit(main())
