"""What levelling brings a reader of slanting text, beside turning the images it learns from.

    python -m benchmarks.deskew_ablation --data captcha-v2 --images 4000 --name deskew_v2
    python -m benchmarks.deskew_ablation --images 4000 --name deskew_coalesced

Each image of the folder, or of so many that ``coalesced`` draws, is turned by an angle drawn evenly from
-25° to 25°, and written to a folder of its own. Four trainings see as many of these images, with strings
alone: as they lie, levelled, turned further by augmentation, and both. Exact match is on the test part.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.tables import describe_machine, describe_share, make_markdown, write_result
from benchmarks.turned_lines import CAPITALS, LEVEL, turn
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.evaluation.metrics import Share
from fcn_captcha.synthesis import find_generator, stream

MOST_DEG = 25.0
DRAWN = {**LEVEL, "alphabet": CAPITALS, "length": "5", "width": "160"}
ARMS: dict[str, list[str]] = {
    "as they lie": [],
    "--deskew": ["--deskew"],
    "--rotation-deg 12": ["--rotation-deg", "12"],
    "both": ["--deskew", "--rotation-deg", "12"],
}


def write_turned(samples: Iterable[Sample], folder: Path, seed: int) -> None:
    """The images, each turned by an angle of its own, named after their strings."""
    folder.mkdir()
    for number, sample in enumerate(samples):
        angle = np.random.default_rng((seed, number)).uniform(-MOST_DEG, MOST_DEG)
        Image.fromarray(turn(sample.image, angle)[0]).save(folder / f"{sample.text}-{number}.png")


def train_once(data: Path, flags: list[str], images: int, seed: int, out: Path) -> dict[str, Any]:
    """The measures of one training."""
    command = [sys.executable, "-m", "fcn_captcha.train", "--data", str(data), "--out", str(out), "--overwrite"]
    command += ["--images", str(images), "--seed", str(seed), "--precision", "float32", *flags]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    measures: dict[str, Any] = json.loads((out / "measures.json").read_text())
    return measures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deskew_ablation", description=__doc__.split("\n")[0])
    parser.add_argument("--data", metavar="S", help="folder of images named after their strings; drawn ones if none")
    parser.add_argument("--drawn", type=int, default=1200, metavar="N", help="images to draw where there is no folder")
    parser.add_argument("--images", type=int, default=4000, metavar="N", help="shown in each training")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of angles, images and weights")
    parser.add_argument("--name", default="deskew_ablation", metavar="S", help="of the file in results/")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        data, out = Path(temporary) / "turned", Path(temporary) / "run"
        drawn = stream(find_generator("coalesced", DRAWN), options.seed)
        samples = read_folder(options.data).samples if options.data else islice(drawn, options.drawn)
        write_turned(samples, data, options.seed)
        for arm, flags in ARMS.items():
            found = train_once(data, flags, options.images, options.seed, out)
            rows.append(
                {
                    "trained": arm,
                    "images shown": found["images_seen"],
                    **describe_share(Share(round(found["exact"] * found["images"]), found["images"])),
                    "characters, %": round(100 * found["characters"], 1),
                    "test images": found["images"],
                    "seconds": round(found["seconds"]),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
            write_result(options.name, "python -m benchmarks.deskew_ablation " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
