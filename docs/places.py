"""The README's figure of exact match against place, from ``benchmarks/results``.

python -m docs.places docs/places.svg
"""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.tables import RESULTS
from fcn_captcha.evaluation import plots


def draw(results: Path = RESULTS) -> Figure:
    """A line for each reader."""
    rows = json.loads((results / "places.json").read_text())["rows"]
    figure, axes = plots.make_axes(6.5, 3.0)
    for row, colour, marker in zip(rows, (plots.BLUE, plots.ORANGE), ("o", "s"), strict=True):
        places = [100 * float(place) for place in row if place != "reader"]
        values = [value for place, value in row.items() if place != "reader"]
        axes.plot(places, values, color=colour, marker=marker, markersize=5, linewidth=1.8, label=row["reader"])
    axes.set(
        xlabel="place of the text on a wider canvas: left edge 0, right edge 100",
        ylabel="exact match, %",
        ylim=(-3, 103),
    )
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure


if __name__ == "__main__":
    draw().savefig(sys.argv[1])
