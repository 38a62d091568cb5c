"""Error of the angle and height of text that is turned by -30° to 30°, our midline beside the usual ways.

    python -m benchmarks.deskew --images 121

Lines of four kinds, with straight lines, arcs and dots over them and without. The true angle is the one
they were turned by; of the generators' lines, which aren't level themselves, that and the least-squares
slope through the middles of their characters. Minimum-area rectangle, Hough transform and projection
profile take the same ink; the last two rows give two of them our strokes instead, without the clutter,
to tell what the fit brings. Constants were chosen on other seeds.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.tables import describe_machine, make_markdown, write_result
from benchmarks.turned_lines import KINDS, Turned, draw_lines
from fcn_captcha.data.deskew import INKED, STEEPEST_DEG, find_midline, find_text
from fcn_captcha.data.preprocessing import Preprocess

Mask = npt.NDArray[np.uint8]

_STEP_DEG = 0.25
_MOST_DEG = STEEPEST_DEG  # that any of them looks for


def measure_rectangle(mask: Mask) -> float:
    """Of the longer side of the smallest rectangle around all ink."""
    corners = cv2.boxPoints(cv2.minAreaRect(np.argwhere(mask)[:, ::-1].astype(np.float32)))
    sides = np.diff(corners[:3], axis=0)
    x, y = sides[np.linalg.norm(sides, axis=1).argmax()].tolist()
    return float((np.degrees(np.arctan2(y, x)) + 90) % 180 - 90)


def measure_hough(mask: Mask) -> float:
    """Of the straight line, up to 35° from level, with the most ink on it."""
    low, high = np.radians(90 - _MOST_DEG), np.radians(90 + _MOST_DEG)
    lines = cv2.HoughLines(mask, 1, np.radians(_STEP_DEG), 10, min_theta=low, max_theta=high)
    return 0.0 if lines is None else float(np.degrees(np.asarray(lines).reshape(-1, lines.shape[-1])[0, 1]) - 90)


def measure_profile(mask: Mask) -> float:
    """Where the ink of neighbouring rows differs most, in squares; the mask itself is turned, its pixels averaged."""
    height, width = mask.shape
    middle, side = ((width - 1) / 2, (height - 1) / 2), int(np.hypot(width, height)) + 2
    ink = mask.astype(np.float32)

    def score(angle_deg: float) -> float:
        matrix = cv2.getRotationMatrix2D(middle, angle_deg, 1)  # OpenCV turns against the clock
        matrix[:, 2] += ((side - width) / 2, (side - height) / 2)
        rows = np.asarray(cv2.warpAffine(ink, matrix, (side, side))).sum(axis=1)
        return float((np.diff(rows) ** 2).sum())

    near = max((float(angle) for angle in np.arange(-_MOST_DEG, _MOST_DEG + 1)), key=score)
    fine: list[float] = np.arange(near - 0.75, near + 1, _STEP_DEG).tolist()
    return max(fine, key=score)


def keep_text(mask: Mask) -> Mask:
    """Only the pixels that our midline is fitted to."""
    points = find_text(mask)[0].astype(int)
    kept = np.zeros_like(mask)
    kept[points[:, 1], points[:, 0]] = 1
    return kept if kept.any() else mask


@dataclass
class Way:
    """A way to measure the angle of a mask in degrees, or ours, of the ink itself; and what came of it."""

    name: str
    measure: Callable[[Mask], float] | None = None
    errors_deg: list[float] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def take(self, line: Turned) -> None:
        ink = Preprocess().apply(line.image)[0]
        started = time.process_time()
        if self.measure is None:
            found = find_midline(ink)
            angle = found.angle_deg if found.reason is None else 0.0  # it is left as it is
            self.heights.append(abs(found.height_px / line.height_px - 1))
        else:
            angle = self.measure((ink[:, :, 0] > INKED).astype(np.uint8))
        self.seconds += time.process_time() - started
        self.errors_deg.append(abs(angle - line.angle_deg))

    def make_row(self, clutter: str, kind: str) -> dict[str, Any]:
        return {
            "clutter": clutter,
            "lines": kind,
            "way": self.name,
            "mean error, °": round(float(np.mean(self.errors_deg)), 2),
            "median, °": round(float(np.median(self.errors_deg)), 2),
            "95th percentile, °": round(float(np.percentile(self.errors_deg, 95)), 2),
            "height off, %": f"{100 * np.mean(self.heights):.1f}" if self.heights else "–",
            "CPU ms an image": round(1000 * self.seconds / len(self.errors_deg), 1),
        }


def make_ways() -> tuple[Way, ...]:
    return (
        Way("ours"),
        Way("minimum-area rectangle", measure_rectangle),
        Way("Hough", measure_hough),
        Way("projection profile", measure_profile),
        Way("minimum-area rectangle of our strokes", lambda mask: measure_rectangle(keep_text(mask))),
        Way("projection profile of our strokes", lambda mask: measure_profile(keep_text(mask))),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deskew", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=121, metavar="N", help="lines of each kind")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the lines")
    parser.add_argument("--name", default="deskew", metavar="S", help="of the file in results/")
    options = parser.parse_args()
    rows = []
    for clutter in ("lines and dots", "none"):
        every = make_ways()
        for kind in KINDS:
            ways = make_ways()
            for line in draw_lines(kind, options.images, options.seed, clutter=clutter != "none"):
                for way in ways:
                    way.take(line)
            for way, all_kinds in zip(ways, every, strict=True):
                rows.append(way.make_row(clutter, kind))
                all_kinds.errors_deg += way.errors_deg
                all_kinds.heights += way.heights
                all_kinds.seconds += way.seconds
            print(json.dumps(rows[-len(ways)], ensure_ascii=False), flush=True)
        rows += [way.make_row(clutter, "all") for way in every]
    write_result(options.name, "python -m benchmarks.deskew " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
