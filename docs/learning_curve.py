"""The README's learning curve, all tenths together, from ``benchmarks/results``.

python -m docs.learning_curve docs/learning_curve.svg
"""

import json
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchmarks.tables import RESULTS
from fcn_captcha.evaluation import plots
from fcn_captcha.evaluation.metrics import Share


def draw(results: Path = RESULTS) -> Figure:
    """Exact match against training images, with 95 % intervals."""
    rows = json.loads((results / "learning_curve.json").read_text())["rows"]
    by_limit: dict[int, list[dict[str, float]]] = {}
    for row in rows:
        by_limit.setdefault(row["limit"], []).append(row)
    groups = sorted(by_limit.values(), key=lambda group: group[0]["training images"])
    images = [round(sum(row["training images"] for row in group) / len(group)) for group in groups]
    tested = [int(sum(row["test images"] for row in group)) for group in groups]
    right = [n - int(sum(row["wrong"] for row in group)) for n, group in zip(tested, groups, strict=True)]
    shares = [Share(hits, count) for hits, count in zip(right, tested, strict=True)]
    values = 100 * np.array([share.value for share in shares])
    low, high = 100 * np.array([share.interval for share in shares]).T
    figure, axes = plots.make_axes(6.5, 3.4)
    axes.errorbar(
        images,
        values,
        (values - low, np.maximum(0, high - values)),
        fmt="o-",
        color=plots.BLUE,
        capsize=3,
        linewidth=1.8,
    )
    axes.set_xscale("log")
    axes.set_xticks(images, [str(n) for n in images])
    axes.minorticks_off()
    axes.set(
        xlabel="training images, strings only",
        ylabel=f"exact match on {tested[0]} test images, %",
        title=f"{rows[0]['minutes']:g} minutes of training each",
    )
    return figure


if __name__ == "__main__":
    draw().savefig(sys.argv[1])
