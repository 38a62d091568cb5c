"""Exact match against images shown in training, optimiser beside optimiser.

    python -m benchmarks.images_seen --data captcha-v2 --images 2000 4000 8000 16000 --seeds 0 1 2

A training of its own for each number of images, as the learning rate ends with it, in float32, so that
the figures don't depend on the machine's speed. Without ``--data`` the images are drawn by
``image-captcha``. Exact match is on the test part, which nothing was chosen on.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.tables import describe_machine, make_markdown, write_result


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images_seen", description=__doc__.split("\n")[0])
    parser.add_argument("--data", metavar="S", help="folder of images named after their strings; drawn ones if none")
    parser.add_argument("--images", type=int, nargs="+", default=[2000, 4000, 8000, 16000], metavar="N", help="shown")
    parser.add_argument("--optimisers", nargs="+", default=["adamw", "muon"], metavar="S", help="to compare")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="a start each")
    parser.add_argument("--name", default="images_seen", metavar="S", help="of the file in results/")
    return parser


def train_once(data: str | None, images: int, optimiser: str, seed: int) -> dict[str, Any]:
    """The measures of one training."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = [sys.executable, "-m", "fcn_captcha.train", "--out", str(out), "--images", str(images)]
        command += ["--optimiser", optimiser, "--seed", str(seed), "--precision", "float32"]
        command += ["--data", data] if data else []
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        measures: dict[str, Any] = json.loads((out / "measures.json").read_text())
    return measures


def main() -> None:
    options = make_parser().parse_args()
    rows = []
    for images, optimiser in product(options.images, options.optimisers):
        found = [train_once(options.data, images, optimiser, seed) for seed in options.seeds]
        exact = [100 * measures["exact"] for measures in found]
        rows.append(
            {
                "images": images,
                "optimiser": optimiser,
                "exact match, %": round(mean(exact), 1),
                "each start, %": ", ".join(f"{share:.1f}" for share in exact),
                "characters, %": round(100 * mean(measures["characters"] for measures in found), 1),
                "test images": found[0]["images"],
                "seconds": round(mean(measures["seconds"] for measures in found)),
            }
        )
        print(json.dumps(rows[-1]), flush=True)
        write_result(options.name, "python -m benchmarks.images_seen " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
