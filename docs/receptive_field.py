"""The figure of receptive fields in benchmarks/README.md, from ``benchmarks/results``.

python -m docs.receptive_field docs/receptive_field.svg
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.tables import RESULTS
from fcn_captcha.evaluation import plots


def draw(results: Path = RESULTS) -> Figure:
    """Both laws on the left, all measures of the trained networks on the right."""
    figure = Figure((10, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    plot_laws(left, json.loads((results / "receptive_field_laws.json").read_text())["rows"])
    plot_networks(right, json.loads((results / "receptive_field.json").read_text())["rows"])
    return figure


def plot_laws(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """The impulse's sigma against the number of convolutions, and the law fitted."""
    marks = (("v", plots.GREY), ("o", plots.BLUE), ("s", plots.ORANGE), ("^", plots.GREEN), ("D", "#000000"))
    for row, (mark, colour) in zip(rows, marks, strict=True):
        counts = np.array(row["details"]["convolutions"])
        name = f"{row['kernel']} at stride {row['stride']}: R² {row['R² of that']:.4f}"
        axes.plot(counts, row["details"]["sigmas"], mark, color=colour, markersize=5, label=name)
        fine = np.linspace(0, counts.max(), 200)
        axes.plot(fine, row["sigma / √convolutions, px"] * np.sqrt(fine), color=colour, linewidth=1.2)
    axes.set(xlabel="convolutions", ylabel="σ of the impulse's spot, px")
    axes.set_title("measured (marks), factor · √convolutions (lines)", fontsize=10)
    axes.legend(frameon=False, fontsize=8)


def plot_networks(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """Theory, impulse, trained gradient and e/ё of each network, with 95 % intervals over trainings."""
    counts = np.array([row["convolutions"] for row in rows])
    axes.plot(counts, [row["theory, px"] for row in rows], color=plots.GREY, label="theory = impulse's support")
    axes.plot(
        counts, [row["impulse's 3 % line, px"] for row in rows], "--", color=plots.GREEN, label="impulse's 3 % line"
    )
    for key, mark, colour, shift in (
        ("trained 3 % line, px", "o", plots.BLUE, -0.12),
        ("twice the e/ё distance, px", "s", plots.ORANGE, 0.12),
    ):
        means, lows, highs = np.array([[float(n) for n in re.findall(r"[\d.]+", row[key])] for row in rows]).T
        reach = np.maximum(0, (means - lows, highs - means))
        axes.errorbar(counts + shift, means, reach, fmt=mark, color=colour, capsize=3, markersize=5, label=key[:-4])
    axes.set(xlabel="3×3 convolutions", ylabel="width, input px", ylim=(0, None))
    axes.set_title("e/ё networks, mean and 95 % interval of their trainings", fontsize=10)
    axes.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    draw().savefig(sys.argv[1])
