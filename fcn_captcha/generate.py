"""Draw labelled images into a folder: ``python -m fcn_captcha.generate --help``."""

import argparse
import os
import sys
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from fcn_captcha.console.options import add_flags

FEW = 2000  # images


def make_parser(generator: Any = None) -> argparse.ArgumentParser:
    """The command's flags and, if it is known and has any, those of the generator."""
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.generate",
        description="Draw labelled images: PNG files named after their strings, with labelme JSON beside them. "
        "Started again with the same flags, it goes on where it stopped.",
        epilog="example: python -m fcn_captcha.generate image-captcha --count 1000 --length 4-6 --out drawn; "
        "python -m fcn_captcha.generate image-captcha --help shows that generator's flags too",
        allow_abbrev=False,
    )
    names = "image-captcha, coalesced, colour, rippled, plain, or package.module:function of your own"
    parser.add_argument("generator", help=names)
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="images (default 1000)")
    shards = "write tar archives of N images each instead of files, in WebDataset's form"
    parser.add_argument("--shards", type=int, metavar="N", help=shards)
    parser.add_argument("--out", required=True, metavar="S", help="folder for the images")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the images (default 0)")
    jobs = f"processes that draw (default: one below {FEW} images, else as many as cores)"
    parser.add_argument("--jobs", type=int, metavar="N", help=jobs)
    if is_dataclass(generator):
        add_flags(parser, generator, "of this generator")
    return parser


def find_name(given: list[str]) -> str | None:
    """The generator's name, wherever it stands: only with it is known which flags there are.

    It is the first argument that is neither a flag nor a flag's value. If there is none, a flag of
    one's own generator that takes no value may stand right before it.
    """
    free: list[str] = []
    values: list[str] = []
    for before, argument in pairwise(["", *given]):
        if not argument.startswith("-"):
            takes_value = before.startswith("--") and "=" not in before and before not in ("--", "--help")
            (values if takes_value else free).append(argument)
    return next(iter(free + [value for value in values if ":" in value]), None)


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    try:
        generator = None
        if name := find_name(given):
            from fcn_captcha.synthesis import import_generator

            generator = import_generator(name)
        options = vars(make_parser(generator).parse_args(given))
        own = {f.name: options[f.name] for f in fields(generator)} if is_dataclass(generator) else {}
        draw(options, own)
    except (ValueError, OSError) as error:
        from fcn_captcha.console.progress import fail

        raise fail(error) from None
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


def draw(options: dict[str, Any], own: dict[str, Any]) -> None:
    from PIL import Image

    from fcn_captcha.console.progress import Watch, escape_output
    from fcn_captcha.synthesis.folder import Order, make_sheet, write_folder
    from fcn_captcha.synthesis.shards import write_shards

    escape_output()
    for name in ("count", "jobs"):
        if options[name] is not None and options[name] < 1:
            raise ValueError(f"{name}: at least 1 is needed, got {options[name]}")
    out, count = Path(options["out"]), options["count"]
    order = Order(options["generator"], own, options["seed"])
    jobs, size = options["jobs"] or choose_jobs(count), options["shards"]
    writing = write_folder(order, out, count, jobs) if size is None else write_shards(order, out, count, size, jobs)
    with Watch() as watch:
        for held in writing:
            watch.move(held / count, f"{held:,} of {count:,} images")
    sheet = out.with_name(f"{out.name}-sheet.png")
    Image.fromarray(make_sheet(order.draw(), str(own.get("fonts") or ""))).save(sheet)
    print(f"images  {out}")
    print(f"sheet   {sheet}")


def choose_jobs(count: int) -> int:
    """One process for few images, as starting others takes seconds; else as many as there are cores."""
    if count < FEW:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    raise SystemExit(main())
