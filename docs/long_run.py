"""The README's figure of exact match against images seen, from ``benchmarks/results``.

python -m docs.long_run docs/long_run.svg
"""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.tables import RESULTS
from fcn_captcha.evaluation import plots

# Of https://github.com/ypwhs/captcha_break's CTC reader, as its authors print them.
PUBLISHED = {128_000: 57.0, 256_000: 90.8, 384_000: 94.4, 1_280_000: 97.2, 3_840_000: 99.2, 5_760_000: 99.57}


def draw(results: Path = RESULTS) -> Figure:
    """Our trainings, and the published curve."""
    rows = json.loads((results / "long_run.json").read_text())["rows"]
    ours = {row["images seen"]: row["exact match, %"] for row in rows}
    figure, axes = plots.make_axes(6.5, 3.0)
    for found, colour, marker, name in (
        (ours, plots.BLUE, "o", "ours, two cores"),
        (PUBLISHED, plots.ORANGE, "s", "captcha_break's CTC reader, as published"),
    ):
        axes.plot(
            list(found), list(found.values()), color=colour, marker=marker, markersize=5, linewidth=1.8, label=name
        )
    axes.set(xscale="log", xlabel="images seen in training", ylabel="exact match, %", ylim=(50, 101))
    axes.set_xticks([1e5, 1e6], ["100,000", "1,000,000"])
    axes.legend(frameon=False, loc="lower right")
    return figure


if __name__ == "__main__":
    draw().savefig(sys.argv[1])
