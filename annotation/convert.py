"""Annotations to other tools' formats and from them: ``python -m annotation.convert --help``."""

import argparse
import sys

from annotation.formats import EXPORTS, IMPORTS, export_folder, import_file
from fcn_captcha.console.progress import escape_output, fail


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m annotation.convert",
        description="Write a folder's annotations as one file of another tool, or take such a file's annotations.",
        epilog="example: python -m annotation.convert captchas --export coco captchas.json",
        allow_abbrev=False,
    )
    parser.add_argument("folder", help="of images, with labelme files beside them")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--export", nargs=2, metavar=("FORMAT", "FILE"), help=f"format: {', '.join(EXPORTS)}")
    way.add_argument("--import", nargs=2, metavar=("FORMAT", "FILE"), dest="take", help=f"format: {', '.join(IMPORTS)}")
    parser.add_argument("--overwrite", action="store_true", help="replace annotations that say something else")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    escape_output()
    try:
        if options.export:
            count, problems = export_folder(options.folder, *options.export)
            for problem in problems:
                print(f"warning: {problem}", file=sys.stderr)
            print(f"wrote the annotations of {count} images to {options.export[1]}")
            return 0
        format, path = options.take
        count = import_file(options.folder, format, path, options.overwrite)
    except (ValueError, OSError) as error:
        raise fail(error) from None
    print(f"wrote the annotations of {count} images beside them, as labelme files")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
