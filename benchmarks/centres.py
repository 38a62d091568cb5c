"""How near the centres that alignment finds from strings alone are to the truth.

    python -m benchmarks.centres --images 1000 --minutes 4

Images of the plain generator, whose centres are known and kept from the training; after it the
centres found for the training part are compared with the true ones.
"""

import argparse
import sys
import tempfile
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.console.progress import Watch
from fcn_captcha.data.labelme import read_labelme
from fcn_captcha.data.samples import Sample
from fcn_captcha.model.backend import load_keras
from fcn_captcha.synthesis import find_generator, stream


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.centres", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=1000, metavar="N", help="how many to draw")
    parser.add_argument("--minutes", type=float, metavar="X", help="budget of the training")
    parser.add_argument("--shown", type=int, metavar="N", help="a budget of images shown instead, repeats counted")
    parser.add_argument("--optimiser", metavar="S", help="muon or adamw; the architecture's own if not given")
    parser.add_argument("--generator", default="plain", metavar="S", help="one that knows its centres")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of images and training")
    options = parser.parse_args()
    load_keras()
    from fcn_captcha import train

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "images"
        folder.mkdir()
        truth: dict[str, Sample] = {}
        for i, sample in enumerate(islice(stream(find_generator(options.generator), options.seed), options.images)):
            path = folder / f"{sample.text}-{i}.png"
            cv2.imwrite(str(path), sample.image[:, :, ::-1])
            truth[path.name] = sample
        result = train(
            watch=Watch(),
            data=str(folder),
            out=str(Path(name) / "run"),
            minutes=options.minutes,
            images=options.shown,
            optimiser=options.optimiser,
            seed=options.seed,
            save_centres=True,
        )
        distances: list[float] = []
        offsets: list[float] = []
        for path in folder.glob("*.json"):
            text, found = read_labelme(path)
            sample = truth[path.with_suffix(".png").name]
            assert sample.centres is not None
            assert text == sample.text, f"{path}: {text} for {sample.text}"
            distances += np.hypot(*(found - sample.centres).T).tolist()
            offsets += np.abs(found[:, 0] - sample.centres[:, 0]).tolist()
    rows = [
        {
            "images": options.images,
            "centres": len(distances),
            "images shown": result.history[-1].images,
            "distance, px: median": round(float(np.median(distances)), 2),
            "95th percentile": round(float(np.percentile(distances, 95)), 2),
            "across only: median": round(float(np.median(offsets)), 2),
            "across only: 95th": round(float(np.percentile(offsets, 95)), 2),
            "exact match, %": round(100 * result.measures.exact.value, 1),
        }
    ]
    write_result("centres", "python -m benchmarks.centres " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
