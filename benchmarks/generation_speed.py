"""Images a second that a generator draws on one core, beside the ``captcha`` package.

    python -m benchmarks.generation_speed

The ways take turns, so that all see the same machine. What is drawn once and kept, such as glyphs,
is drawn before the clock starts.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from itertools import islice

import cv2
from captcha.image import ImageCaptcha as Package

from benchmarks.tables import describe_machine, describe_speeds, make_markdown, write_result
from fcn_captcha.synthesis import find_generator, stream

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OURS = ("image-captcha", "coalesced", "colour")
_WARM_UP = 6000


def make_ways() -> dict[str, Callable[[int], None]]:
    """Each way by its name: a function that draws so many images."""
    package, choose = Package(), random.Random(0)

    def draw_package(count: int) -> None:
        for _ in range(count):
            package.generate_image("".join(choose.choices(ALPHABET, k=4)))

    ways: dict[str, Callable[[int], None]] = {"captcha 0.7.1": draw_package}
    for name in OURS:
        drawn = stream(find_generator(name), 0)

        def draw(count: int, drawn: object = drawn) -> None:
            for _ in islice(drawn, count):  # type: ignore[call-overload]
                pass

        draw(_WARM_UP)
        ways[f"ours, {name}"] = draw
    return ways


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generation_speed", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=1000, metavar="N", help="of each way in each round")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often the ways take turns")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    ways = make_ways()
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, draw in ways.items():
            started = time.process_time()  # of all threads, so of one core's time
            draw(options.images)
            speeds[name].append(options.images / (time.process_time() - started))
    rows = [{"generator": name, **columns} for name, columns in describe_speeds(speeds).items()]
    write_result("generation_speed", " ".join(["python -m benchmarks.generation_speed", *sys.argv[1:]]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
