"""Readers as they come, none of them trained on these images: our own model, ddddocr, RapidOCR.

python -m benchmarks.ready_made DATA/captcha-v2 DATA/colour-upper --limit 500

Each image is read alone, from the bytes of its file, so that the seconds are those of one request.
``--model`` takes another model than the package's own.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.ready_made import READERS, ReadText
from benchmarks.tables import describe_share, write_result
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.evaluation.metrics import measure
from fcn_captcha.reading.reader import Reader


def make_ours(model: str | None) -> ReadText:
    reader = Reader.load(model)
    return lambda content: reader.read(content).text


def choose(folder: Path, limit: int) -> list[Sample]:
    """As many images of the folder, the same ones for every reader."""
    samples = read_folder(folder).samples
    order = np.random.default_rng(0).permutation(len(samples))[:limit]
    return [samples[i] for i in sorted(order)]


def measure_reader(name: str, read: ReadText, folder: Path, samples: Sequence[Sample]) -> dict[str, Any]:
    contents = [sample.path.read_bytes() for sample in samples if sample.path]
    read(contents[0])
    before = time.perf_counter()
    readings = [read(content) for content in contents]
    seconds = time.perf_counter() - before
    texts = [sample.text for sample in samples]
    exact = measure(texts, readings)
    folded = measure([t.lower() for t in texts], [r.lower() for r in readings])
    return {
        "set": folder.name,
        "reader": name,
        "images": len(samples),
        **describe_share(exact.exact),
        "ignoring case": f"{100 * folded.exact.value:.1f} %",
        "characters": f"{100 * exact.characters:.1f} %",
        "images/s": round(len(samples) / seconds, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=500, help="images of each folder (default 500)")
    parser.add_argument("--model", help="in place of the package's own")
    parser.add_argument("--readers", nargs="+", default=["ours", *READERS], choices=["ours", *READERS])
    options = parser.parse_args()
    rows = []
    chosen = {folder: choose(folder, options.limit) for folder in options.folders}
    for name in options.readers:
        read = make_ours(options.model) if name == "ours" else READERS[name]()
        for folder, samples in chosen.items():
            rows.append(measure_reader(name, read, folder, samples))
            print(rows[-1], file=sys.stderr)
    rows.sort(key=lambda row: [f.name for f in chosen].index(row["set"]))
    print(write_result("ready_made", f"python -m benchmarks.ready_made {' '.join(sys.argv[1:])}", rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
