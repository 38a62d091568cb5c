import csv
from pathlib import Path

import numpy as np
from results import make_epoch

from fcn_captcha.evaluation.plots import BLUE, GREY, ORANGE
from fcn_captcha.selection.page import plot_starts, write_page, write_table
from fcn_captcha.selection.rungs import Rung, Standing

RANKED = (
    Standing(2, tuple(make_epoch(i, 0.8) for i in range(1, 6))),
    Standing(0, tuple(make_epoch(i, 0.6) for i in range(1, 6))),
    Standing(1, tuple(make_epoch(i, 0.4) for i in range(1, 3))),
    Standing(3, (make_epoch(1, 0.2),), "training diverged <at once>"),
    Standing(4),
)
RUNGS = (Rung(5, 2), Rung(2, 5))


def test_a_line_a_start_survivors_bold_both_axes_logarithmic() -> None:
    [axes] = plot_starts(RANKED, RUNGS).axes
    points = [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), line.get_linestyle()) for line in axes.lines]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2", "5"]
    assert [line.get_marker() for line in axes.lines].count("o") == 1  # a start of one epoch has no line
    looks = [(line.get_color(), line.get_linewidth()) for line in axes.lines]
    assert looks.count((ORANGE, 2.4)) == looks.count((BLUE, 2.4)) == 1
    assert looks.count((GREY, 0.9)) == 3
    assert [list(y) for _, y, _ in points].count([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]) == 2
    assert [text.get_text() for text in axes.texts] == [" 0", " 2"]
    assert [x[0] for x, _, style in points if style == ":"] == [2]


def test_the_table_has_a_row_a_start(tmp_path: Path) -> None:
    write_table(tmp_path, RANKED, seed=10)
    rows = list(csv.DictReader((tmp_path / "starts.csv").read_text().splitlines()))
    assert rows[0] == {
        "place": "1", "start": "2", "seed": "12", "epochs": "5", "exact": "0.4", "characters": "0.8", "loss": "0.2",
        "failure": "",
    }  # fmt: skip
    assert rows[3]["failure"] == "training diverged <at once>"
    assert (rows[4]["epochs"], rows[4]["loss"]) == ("0", "")


def test_the_page_tells_the_same(tmp_path: Path) -> None:
    write_page(tmp_path, RANKED, RUNGS)
    page = (tmp_path / "starts.html").read_text()
    assert "5 starts until epoch 2, then 2 starts until epoch 5" in page
    assert "The best, start 2, reads 40.0 % of the validation part" in page
    assert "training diverged &lt;at once&gt;" in page
    assert page.count("<tr>") == 6
