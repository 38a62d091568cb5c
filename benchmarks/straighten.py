"""How straight bent text is after its midline was levelled, and after it was straightened.

    python -m benchmarks.straighten --images 200

Lines of two kinds, straight, bent to an arc or to an S, their characters turned with the line, the whole turned by
up to 15°, with straight lines, arcs and dots over them and without. The true midline is carried along; what is
measured is the root mean square of its distance from its own straight line, in pixels of the result, whose text is
28 px high. Constants were chosen on other seeds.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.curved_lines import KINDS, SHAPES, Bent, draw_bent
from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.data.deskew import TEXT_HEIGHT_PX, find_midline
from fcn_captcha.data.preprocessing import Preprocess


def measure_deviation(points: npt.NDArray[np.float64]) -> float:
    """The root mean square of their distance, along y, from the straight line that fits them best."""
    x, y = points.T
    return float(np.sqrt(np.mean((y - np.polyval(np.polyfit(x, y, 1), x)) ** 2)))


@dataclass
class Found:
    """What came of some lines: deviations in pixels, levelled and straightened, and what else was measured."""

    levelled: list[float] = field(default_factory=list)
    straightened: list[float] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    curved: int = 0
    left: int = 0
    seconds: float = 0.0

    def take(self, line: Bent) -> None:
        ink = Preprocess().apply(line.image)[0]
        straight = find_midline(ink)
        started = time.process_time()
        bent = find_midline(ink, curved=True)
        self.seconds += time.process_time() - started
        if straight.reason is not None or bent.reason is not None:
            self.left += 1
            return
        for midline, deviations in ((straight, self.levelled), (bent, self.straightened)):
            transform, _ = midline.make_levelling(TEXT_HEIGHT_PX)
            deviations.append(measure_deviation(transform.apply(line.midline)))
        self.heights.append(abs(bent.height_px / line.height_px - 1))
        self.curved += bent.curve is not None

    def make_row(self, clutter: str, kind: str, shape: str) -> dict[str, Any]:
        count = len(self.straightened)
        return {
            "clutter": clutter,
            "lines": kind,
            "midline": shape,
            "levelled, px": round(float(np.mean(self.levelled)), 2),
            "straightened, px": round(float(np.mean(self.straightened)), 2),
            "median, px": round(float(np.median(self.straightened)), 2),
            "95th percentile, px": round(float(np.percentile(self.straightened, 95)), 2),
            "curve found, %": round(100 * self.curved / count),
            "height off, %": round(100 * float(np.mean(self.heights)), 1),
            "left as they are": self.left,
            "images": count + self.left,
            "CPU ms an image": round(1000 * self.seconds / (count + self.left), 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.straighten", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=200, metavar="N", help="lines of each kind and shape")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the lines")
    parser.add_argument("--name", default="straighten", metavar="S", help="of the file in results/")
    options = parser.parse_args()
    rows = []
    for clutter in ("lines and dots", "none"):
        for kind in KINDS:
            for shape in SHAPES:
                found = Found()
                for line in draw_bent(kind, shape, options.images, options.seed, clutter=clutter != "none"):
                    found.take(line)
                rows.append(found.make_row(clutter, kind, shape))
                print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    write_result(options.name, "python -m benchmarks.straighten " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
