"""The starts in a picture and a table: ``starts.html`` for a person, ``starts.csv`` for a program."""

import csv
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from fcn_captcha.data.files import write_whole
from fcn_captcha.evaluation.plots import BLUE, GREY, ORANGE, make_axes, make_svg
from fcn_captcha.evaluation.report import wrap_page
from fcn_captcha.selection.rungs import Rung, Standing

PAGE_NAME, TABLE_NAME = "starts.html", "starts.csv"


def plot_starts(ranked: Sequence[Standing], rungs: Sequence[Rung]) -> Figure:
    """Loss against epochs, both logarithmic: a line a start, the best first; bold where it passed its rungs."""
    figure, axes = make_axes(width=8.0, height=4.2)
    reached = max((len(s.history) for s in ranked), default=0)
    for place, standing in reversed(list(enumerate(ranked))):
        epochs = [e.epoch for e in standing.history]
        losses = [e.loss for e in standing.history]
        survived = len(epochs) == reached and not standing.failure
        colour = ORANGE if place == 0 else BLUE if survived else GREY
        look: dict[str, Any] = {"linewidth": 2.4, "alpha": 1} if survived else {"linewidth": 0.9, "alpha": 0.7}
        axes.plot(epochs, losses, color=colour, marker="o" if len(epochs) == 1 else None, markersize=3, **look)
        if epochs and survived:
            axes.annotate(f" {standing.number}", (epochs[-1], losses[-1]), color=colour, va="center", fontsize=9)
    for rung in rungs:
        if 1 < rung.epochs < reached:
            axes.axvline(rung.epochs, color=GREY, linestyle=":", linewidth=1)
    axes.set(xlabel="epochs (logarithmic)", ylabel="loss (logarithmic)", xscale="log", yscale="log")
    ends = sorted({1, *(rung.epochs for rung in rungs if rung.epochs <= reached)})
    axes.set_xticks(ends, [f"{end:,}" for end in ends])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    return figure


def write_table(folder: Path, ranked: Sequence[Standing], seed: int) -> None:
    """A row a start, the best first; ``seed`` is that of start 0."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["place", "start", "seed", "epochs", "exact", "characters", "loss", "failure"])
    for place, s in enumerate(ranked, 1):
        loss = s.loss if s.history else ""
        shares = round(s.exact, 6), round(s.characters, 6)
        table.writerow([place, s.number, seed + s.number, len(s.history), *shares, loss, s.failure])
    write_whole(folder / TABLE_NAME, text.getvalue())


def write_page(folder: Path, ranked: Sequence[Standing], rungs: Sequence[Rung]) -> None:
    """The picture and the table, in one file."""
    heads = ("place", "start", "epochs", "exact match, %", "characters, %", "loss", "")
    rows = [
        (
            place,
            s.number,
            f"{len(s.history):,}",
            f"{100 * s.exact:.1f}",
            f"{100 * s.characters:.2f}",
            f"{s.loss:.3g}" if s.history else "",
            s.failure,
        )
        for place, s in enumerate(ranked, 1)
    ]
    steps = ", then ".join(
        f"{rung.starts} start{'s' * (rung.starts > 1)} until epoch {rung.epochs:,}" for rung in rungs
    )
    best = ranked[0]
    body = (
        f"<h1>{html.escape(folder.name)}: {len(ranked)} starts</h1><p class=soft>{steps}. The best, start "
        f"{best.number}, reads {100 * best.exact:.1f} % of the validation part, on which it was chosen.</p>"
        "<h2>Loss against epochs</h2><p class=soft>A line a start. Orange: the best; blue: the others that went on "
        "to the end; grey: those left behind at a rung (dotted).</p>"
        f"<div class=wide>{make_svg(plot_starts(ranked, rungs))}</div>"
        f"<h2>Starts</h2><table><tr>{_make_cells(heads, 'th')}</tr>"
        f"{''.join(f'<tr>{_make_cells(row)}</tr>' for row in rows)}</table>"
        "<p class=soft>Exact match and characters are the best so far, on the validation part. The same is in "
        f"{TABLE_NAME}; each start's folder is in starts/.</p>"
    )
    write_whole(folder / PAGE_NAME, wrap_page(f"{folder.name}: starts", body))


def _make_cells(values: Sequence[object], tag: str = "td") -> str:
    return "".join(f"<{tag}>{html.escape(str(value))}</{tag}>" for value in values)
