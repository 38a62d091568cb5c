"""Trained on generated images only, tested on images that the ``captcha`` package itself draws.

    python -m benchmarks.generated --minutes 10

Ours as the README's first command trains it; captcha_break's network in the same minutes on the
same stream; and, for places, our own convolutions under one softmax for each of four places. Exact
match on the same images of the package, none of them seen; on a canvas half as wide again, from
its left edge to its right one (the third trains on that canvas, the text in its middle, as its
size can't change; ours never saw it); and, for ours, on eight characters instead of four.

The package can't be seeded, so its images differ from run to run; all read the same.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from captcha.image import ImageCaptcha as Package

from benchmarks.peers.fixed_positions import FixedPositions
from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.console.progress import Watch
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.evaluation.evaluator import make_places, place_on_canvas
from fcn_captcha.evaluation.metrics import measure
from fcn_captcha.model.backend import load_keras
from fcn_captcha.reading.reader import Reader
from fcn_captcha.synthesis import find_generator, stream

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NONE = "–"
Pixels = npt.NDArray[np.uint8]


def draw_package(count: int, length: int, seed: int) -> tuple[list[str], list[Pixels]]:
    """Images of the package, 40 px wide a character; ``seed`` is of the strings."""
    package, choose = Package(width=40 * length, height=60), random.Random(seed)
    texts = ["".join(choose.choices(ALPHABET, k=length)) for _ in range(count)]
    return texts, [np.asarray(package.generate_image(text)) for text in texts]


def read_at_places(
    name: str, read: Callable[[list[Pixels]], list[str]], texts: list[str], images: list[Pixels]
) -> dict[str, Any]:
    row: dict[str, Any] = {"reader": name}
    for place in make_places():
        moved = [place_on_canvas(image, place) for image in images]
        row[f"{place:g}"] = round(100 * measure(texts, read(moved)).exact.value, 2)
    return row


def prepare_colour(image: Pixels) -> npt.NDArray[np.float32]:
    return image.astype(np.float32) / np.float32(255)


def prepare_on_canvas(image: Pixels) -> npt.NDArray[np.float32]:
    """Ink as ours takes it, the text in the middle of the canvas unless it is on one already."""
    return Preprocess().apply(image if image.shape[1] > 160 else place_on_canvas(image, 0.5))[0]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generated", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, metavar="X", help="of each training")
    parser.add_argument("--images", type=int, default=2000, metavar="N", help="of the package, to test on")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of strings, images and weights")
    options = parser.parse_args()
    load_keras()
    from fcn_captcha import train
    from fcn_captcha.model.backend import find_precision

    command = "python -m benchmarks.generated " + " ".join(sys.argv[1:])
    texts, images = draw_package(options.images, 4, options.seed)
    long_texts, long_images = draw_package(options.images, 8, options.seed + 1)
    rows: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []

    def add(
        name: str, minutes: float, seen: int, waiting: str, read: Callable[[list[Pixels]], list[str]], any_length: bool
    ) -> None:
        four = measure(texts, read(images))
        eight = measure(long_texts, read(long_images)) if any_length else None
        row = {
            "reader": name,
            "minutes": round(minutes, 1),
            "images seen": seen,
            "waiting for images, %": waiting,
            "exact match, %": round(100 * four.exact.value, 2),
            "characters, %": round(100 * four.characters, 2),
            "characters of eight, %": round(100 * eight.characters, 2) if eight else NONE,
            "exact match of eight, %": round(100 * eight.exact.value, 2) if eight else NONE,
        }
        rows.append(row)
        print(json.dumps(row, ensure_ascii=False), flush=True)
        write_result("generated", command, rows)

    def add_places(name: str, read: Callable[[list[Pixels]], list[str]]) -> None:
        places.append(read_at_places(name, read, texts, images))
        print(json.dumps(places[-1]), flush=True)
        write_result("places", command, places)

    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        train(watch=Watch(), out=str(run), minutes=options.minutes, seed=options.seed)
        measures = json.loads((run / "measures.json").read_text())
        reader = Reader.load(run)

    def read_ours(pictures: list[Pixels]) -> list[str]:
        return [reading.text for reading in reader.read_many(pictures)]

    waiting = f"{100 * measures['waiting']:.1f}"
    add("ours, length not told", measures["seconds"] / 60, measures["images_seen"], waiting, read_ours, True)
    add_places("ours", read_ours)

    for body, name, prepare in (
        ("captcha_break", "captcha_break's network", prepare_colour),
        ("our convolutions", "our convolutions under four softmaxes", prepare_on_canvas),
    ):
        peer = FixedPositions(body, ALPHABET, prepare)
        started = time.monotonic()
        drawn = stream(find_generator("image-captcha"), options.seed)
        peer.train(drawn, 4, 60 * options.minutes, find_precision())
        add(name, (time.monotonic() - started) / 60, peer.images, NONE, peer.read, False)
    add_places(name, peer.read)
    print(make_markdown(rows))
    print(make_markdown(places))
    print(describe_machine())


if __name__ == "__main__":
    main()
