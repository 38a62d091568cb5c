"""Figures and page, of any alphabet."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.data.samples import Sample
from fcn_captcha.evaluation import chart_fonts, plots
from fcn_captcha.evaluation.metrics import Share, measure
from fcn_captcha.evaluation.report import make_page
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import Reading
from fcn_captcha.model.model_file import Card
from fcn_captcha.model.run_folder import Run
from fcn_captcha.reading.reader import Reader

MANY = "".join(chr(0x4E00 + i) for i in range(500))


def make_result(out: Path, truths: list[str], readings: list[str], name: str = "a.png") -> SimpleNamespace:
    card = Card(Alphabet("".join(sorted(set("".join(truths))))), Preprocess(), 0.4, 2.0, 4, "residual")
    epochs = [SimpleNamespace(seconds=float(n), loss=1.0 / n, exact=0.5, characters=0.6) for n in (1, 2)]
    return SimpleNamespace(
        out=out,
        reader=Reader(lambda x: np.zeros((*x[:, ::4, ::4, 0].shape, len(card.alphabet)), np.float32), card),
        test=[Sample(name, np.full((20, 60, 3), 255, np.uint8), text) for text in truths],
        readings=[Reading(text, 0.5, ()) for text in readings],
        measures=measure(truths, readings),
        threshold_curve=((0.3, 0.5), (0.4, 0.6)),
        history=epochs,
        seconds=9.0,
        interrupted=False,
        verdict=["It reads."],
    )


def find_labels(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


@pytest.fixture
def _only_bundled_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with no fonts but matplotlib's own."""
    own = [f for f in font_manager.fontManager.ttflist if "mpl-data" in f.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)


@pytest.mark.usefixtures("_only_bundled_fonts")
def test_what_no_font_has_is_escaped_without_a_warning() -> None:
    figure = plots.plot_shares(
        {"a": Share(1, 2), "中": Share(1, 2), " ": Share(2, 2), "\U00020000": Share(1, 1)}, "x", "y"
    )
    plots.make_svg(figure)  # warnings are errors
    assert find_labels(figure) == ["a", "U+4E2D", "U+0020", "U+20000"]


@pytest.mark.usefixtures("_only_bundled_fonts")
def test_what_another_font_has_is_drawn_with_it() -> None:
    character = "\u2a0a"  # of STIX and DejaVu's mathematical fonts
    usual = font_manager.findfont(font_manager.FontProperties())
    other = chart_fonts.find_font("\U0001d4d0")
    assert other is not None
    figure = plots.plot_shares({"\U0001d4d0": Share(1, 2), character: Share(1, 2), "é": Share(1, 2)}, "x", "y")
    assert find_labels(figure) == ["\U0001d4d0", character, "é"]
    for label in figure.axes[0].get_xticklabels():
        path = label.get_fontproperties().get_file() or usual
        assert label.get_text() in chart_fonts._read_characters(path)
        assert "LastResort" not in path
    plots.make_svg(figure)


@pytest.mark.usefixtures("_only_bundled_fonts")
def test_the_page_of_a_large_alphabet_shows_the_worst_characters(tmp_path: Path) -> None:
    truths = list(MANY)
    readings = [text if i % 20 else "" for i, text in enumerate(truths)]
    page = make_page(make_result(tmp_path, truths, readings))  # type: ignore[arg-type]
    assert "Of 500 characters the 40 that were read worst are shown." in page
    ticks = re.findall(r"<!-- (U\+\w{4}) -->", page)
    assert len(ticks) == 40
    assert {f"U+{ord(c):04X}" for c in MANY[::20]} <= set(ticks)
    few = make_page(make_result(tmp_path, ["ab"], ["ab"]))  # type: ignore[arg-type]
    assert "read worst" not in few


def test_a_file_name_that_is_no_utf_8_is_escaped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_report(make_page(make_result(tmp_path, ["ab"], ["b"], name="\udcd6.png")))  # type: ignore[arg-type]
    assert "\\udcd6.png" in run.report.read_text(encoding="utf-8")
