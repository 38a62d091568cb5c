"""Trained on generated images only, tested on images that the ``captcha`` package itself draws.

    python -m benchmarks.generated --minutes 10

Ours as the README's first command trains it, and beside it captcha_break's network in the same
minutes on the same generator: exact match on the same images of the package, none of them seen;
on a canvas half as wide again, from its left edge to its right one (captcha_break trains on that
canvas, the text in its middle); and on eight characters instead of four.

The package can't be seeded, so its images differ from run to run; both read the same.
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

from benchmarks.peers.captcha_break import CaptchaBreak
from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.evaluation import make_places, place_on_canvas
from fcn_captcha.metrics import measure
from fcn_captcha.progress import Watch, load_keras
from fcn_captcha.reader import Reader
from fcn_captcha.synthesis import find_generator, stream

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Pictures = list[npt.NDArray[np.uint8]]


def draw_package(count: int, length: int, seed: int) -> tuple[list[str], Pictures]:
    """Images of the package, 40 px wide a character."""
    package, choose = Package(width=40 * length, height=60), random.Random(seed)
    texts = ["".join(choose.choices(ALPHABET, k=length)) for _ in range(count)]
    return texts, [np.asarray(package.generate_image(text)) for text in texts]


def read_at_places(
    name: str, read: Callable[[Pictures], list[str]], texts: list[str], images: Pictures
) -> dict[str, Any]:
    row: dict[str, Any] = {"reader": name}
    for place in make_places():
        moved = [place_on_canvas(image, place) for image in images]
        row[f"{place:g}"] = round(100 * measure(texts, read(moved)).exact.value, 2)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generated", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, metavar="X", help="of each training")
    parser.add_argument("--images", type=int, default=2000, metavar="N", help="of the package, to test on")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of strings, images and weights")
    parser.add_argument("--run", metavar="S", help="a run's folder, trained already, instead of training ours")
    options = parser.parse_args()
    load_keras()
    from fcn_captcha.training import train

    texts, images = draw_package(options.images, 4, options.seed)
    long_texts, long_images = draw_package(options.images, 8, options.seed + 1)
    rows: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        run = Path(options.run or Path(folder) / "run")
        if not options.run:
            train(Watch(), out=str(run), minutes=options.minutes, seed=options.seed)
        measures = json.loads((run / "measures.json").read_text())
        reader = Reader.load(run)

    def read(pictures: Pictures) -> list[str]:
        return [reading.text for reading in reader.read_many(pictures)]

    four, eight = measure(texts, read(images)), measure(long_texts, read(long_images))
    rows.append(
        {
            "reader": "ours, length not told",
            "minutes": round(measures["seconds"] / 60, 1),
            "images seen": measures["images_seen"],
            "exact match, %": round(100 * four.exact.value, 2),
            "characters, %": round(100 * four.characters, 2),
            "characters of eight, %": round(100 * eight.characters, 2),
            "exact match of eight, %": round(100 * eight.exact.value, 2),
        }
    )
    places.append(read_at_places("ours", read, texts, images))
    print(json.dumps(rows[-1]), json.dumps(places[-1]), flush=True)
    peer = CaptchaBreak(ALPHABET, lambda image: place_on_canvas(image, 0.5) if image.shape[1] == 160 else image)
    started = time.monotonic()
    peer.train(stream(find_generator("image-captcha"), options.seed), 4, 60 * options.minutes)
    four = measure(texts, peer.read(images))
    rows.append(
        {
            "reader": "captcha_break's network, four softmaxes",
            "minutes": round((time.monotonic() - started) / 60, 1),
            "images seen": peer.images,
            "exact match, %": round(100 * four.exact.value, 2),
            "characters, %": round(100 * four.characters, 2),
            "characters of eight, %": "can't",
            "exact match of eight, %": "can't",
        }
    )
    places.append(read_at_places("captcha_break's network", peer.read, texts, images))
    command = "python -m benchmarks.generated " + " ".join(sys.argv[1:])
    write_result("generated", command, rows)
    write_result("places", command, places)
    print(make_markdown(rows))
    print(make_markdown(places))
    print(describe_machine())


if __name__ == "__main__":
    main()
