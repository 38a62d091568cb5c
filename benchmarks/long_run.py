"""Exact match against images seen: trainings of several lengths on generated images, tested on the package's.

    python -m benchmarks.long_run --images 128000 1280000

Each is a training of its own, on an endless stream in which no image comes twice, and is tested on
the same images that the ``captcha`` package itself draws. The run with the most images is kept in
``runs/long``.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.generated import draw_package
from benchmarks.tables import describe_machine, describe_share, make_markdown, write_result
from fcn_captcha.console.progress import Watch
from fcn_captcha.evaluation.metrics import measure
from fcn_captcha.model.backend import load_keras
from fcn_captcha.reading.reader import Reader

_RUN = Path("runs/long")
_EPOCH_IMAGES = 4000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_run", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[128_000, 1_280_000], metavar="N", help="to train on")
    parser.add_argument("--test-images", type=int, default=12_800, metavar="N", help="of the package, to test on")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of strings, images and weights")
    options = parser.parse_args()
    load_keras()
    from fcn_captcha import train

    texts, images = draw_package(options.test_images, 4, options.seed + 2)
    rows: list[dict[str, Any]] = []
    for count in sorted(options.images):
        length: dict[str, Any] = {"images": count, "epoch_images": _EPOCH_IMAGES}
        train(watch=Watch(), out=str(_RUN), seed=options.seed, overwrite=True, **length)
        measures = json.loads((_RUN / "measures.json").read_text())
        found = measure(texts, [reading.text for reading in Reader.load(_RUN).read_many(images)])
        rows.append(
            {
                "images seen": measures["images_seen"],
                **describe_share(found.exact),
                "characters, %": round(100 * found.characters, 2),
                "minutes": round(measures["seconds"] / 60, 1),
            }
        )
        print(json.dumps(rows[-1]), flush=True)
        write_result("long_run", "python -m benchmarks.long_run " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
