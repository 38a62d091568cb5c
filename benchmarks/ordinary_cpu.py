"""Exact match of several starts, ours beside a CTC reader of the Keras example's shape, each for as many seconds.

    python -m benchmarks.ordinary_cpu --data captcha-v2 --minutes 1 2 --starts 3

Strings only, in float32, the ways in turns so that both see the same machine. Exact match is on the test part, on
which nothing was chosen; both choose their epoch on the same validation part.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.model.backend import load_keras


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ordinary_cpu", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="S", help="folder of images named after their strings")
    parser.add_argument("--minutes", type=float, nargs="+", default=[2.0], metavar="X", help="of each training")
    parser.add_argument("--starts", type=int, default=3, metavar="N", help="seeds from 0 on")
    parser.add_argument("--ways", nargs="+", default=["ours", "ctc"], metavar="S", help="ours, ctc")
    parser.add_argument("--name", default="ordinary_cpu", metavar="S", help="of the file in results/")
    return parser


def train_ours(data: str, minutes: float, seed: int) -> dict[str, Any]:
    from fcn_captcha.train import train

    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "run")
        result = train(data=data, minutes=minutes, seed=seed, out=out, precision="float32")
    exact = result.measures.exact
    return {"images shown": result.history[-1].images, "exact": exact.value, "count": exact.count}


def train_ctc(data: str, minutes: float, seed: int) -> dict[str, Any]:
    from benchmarks.peers.ctc import CtcReader
    from fcn_captcha.training.dataset import make_dataset
    from fcn_captcha.training.settings import Settings

    started = time.monotonic()
    dataset = make_dataset(Settings(data=data))
    parts = dataset.parts
    reader = CtcReader(dataset.alphabet.characters, seed)
    reader.train(parts.training, parts.validation, 60 * minutes - (time.monotonic() - started), seed)
    right = [a == s.text for a, s in zip(reader.read(parts.test), parts.test, strict=True)]
    return {"images shown": reader.images, "exact": sum(right) / len(right), "count": len(right)}


_WAYS = {"ours": train_ours, "ctc": train_ctc}


def describe(way: str, minutes: float, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The row of a way's starts."""
    return {
        "reader": way,
        "minutes": minutes,
        "images shown": round(sum(f["images shown"] for f in found) / len(found)),
        "each start, %": ", ".join(f"{100 * f['exact']:.1f}" for f in found),
        "worst, %": round(100 * min(f["exact"] for f in found), 1),
        "test images": found[0]["count"],
    }


def main() -> None:
    options = make_parser().parse_args()
    load_keras()
    found: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for minutes, seed, way in product(options.minutes, range(options.starts), options.ways):
        found.setdefault((way, minutes), []).append(_WAYS[way](options.data, minutes, seed))
        rows = [describe(*key, values) for key, values in found.items()]
        print(json.dumps(describe(way, minutes, found[way, minutes])), flush=True)
        write_result(options.name, "python -m benchmarks.ordinary_cpu " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
