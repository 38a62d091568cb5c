"""Exact match on held-out tenths of a folder of real images, strings only, no length told.

    python -m benchmarks.accuracy --data captcha-v2 --minutes 4 --folds 0 1 2
    python -m benchmarks.accuracy --data captcha-v2 --minutes 4 --folds 0 --seeds 0 1 2 3 4
    python -m benchmarks.accuracy --data captcha-v2 --minutes 4 --limits 50 100 200 400

One training for each fold, seed and limit, each in a process of its own with the whole budget, start
and test included. Rows go to ``results/<name>.json``.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.tables import add_budget, describe_machine, find_budget, make_markdown, write_result


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="S", help="folder of images named after their strings")
    add_budget(parser)
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2], metavar="N", help="tenths to hold out")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="a start each")
    parser.add_argument("--limits", type=int, nargs="+", default=[0], metavar="N", help="training images; 0 is all")
    parser.add_argument("--architecture", default="dilated", metavar="S", help="dilated, residual or classic")
    parser.add_argument("--optimiser", metavar="S", help="muon or adamw; the architecture's own if not given")
    parser.add_argument("--precision", default="auto", metavar="S", help="auto, float32 or bfloat16")
    parser.add_argument("--name", default="accuracy", metavar="S", help="of the file in results/")
    return parser


def train_once(options: argparse.Namespace, fold: int, seed: int, limit: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = [sys.executable, "-m", "fcn_captcha.train", "--data", options.data, "--out", str(out)]
        budget, amount = find_budget(options)
        command += [f"--{budget}", str(amount), "--fold", str(fold), "--seed", str(seed)]
        command += ["--architecture", options.architecture, "--precision", options.precision]
        command += ["--limit", str(limit)] if limit else []
        command += ["--optimiser", options.optimiser] if options.optimiser else []
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        measures = json.loads((out / "measures.json").read_text())
    wrong = round((1 - measures["exact"]) * measures["images"])
    return {
        "fold": fold,
        "seed": seed,
        "limit": limit,
        "training images": measures["training_images"],
        budget: amount,
        "images seen": measures["images_seen"],
        "exact match, %": round(100 * measures["exact"], 2),
        "characters, %": round(100 * measures["characters"], 2),
        "wrong": wrong,
        "test images": measures["images"],
        "seconds": round(measures["seconds"], 1),
    }


def main() -> None:
    options = make_parser().parse_args()
    rows = []
    for limit, fold, seed in product(options.limits, options.folds, options.seeds):
        rows.append(train_once(options, fold, seed, limit))
        print(json.dumps(rows[-1]), flush=True)
        write_result(options.name, "python -m benchmarks.accuracy " + " ".join(sys.argv[1:]), rows)
    exact = [row["exact match, %"] for row in rows]
    print(make_markdown(rows))
    print(f"mean {sum(exact) / len(exact):.2f} %, from {min(exact):.2f} to {max(exact):.2f} %; {describe_machine()}")


if __name__ == "__main__":
    main()
