"""The page, of any alphabet."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from results import make_result

from fcn_captcha.evaluation.report import make_page
from fcn_captcha.model.run_folder import Run

MANY = "".join(chr(0x4E00 + i) for i in range(500))


@pytest.mark.usefixtures("_only_bundled_fonts")
def test_the_page_of_a_large_alphabet_shows_the_worst_characters() -> None:
    truths = list(MANY)
    readings = [text if i % 20 else "" for i, text in enumerate(truths)]
    page = make_page(make_result(truths, readings))
    assert "Of 500 characters the 40 that were read worst are shown." in page
    ticks = re.findall(r"<!-- (U\+\w{4}) -->", page)
    assert len(ticks) == 40
    assert {f"U+{ord(c):04X}" for c in MANY[::20]} <= set(ticks)
    few = make_page(make_result(["ab"], ["ab"]))
    assert "read worst" not in few


def test_a_file_name_that_is_no_utf_8_is_escaped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_report(make_page(make_result(["ab"], ["b"], name="\udcd6.png")))
    assert "\\udcd6.png" in run.report.read_text(encoding="utf-8")


def test_what_stands_in_strings_and_names_is_text_and_no_markup() -> None:
    result = make_result(["a<b>&", "ab"], ["<i>", "ab"], name="<img>.png")
    page = make_page(replace(result, out=Path("<run>"), causes=("it <is> so",)))
    for text in ("a<b>&", "<i>", "<img>", "<run>", "it <is> so"):
        assert text not in page
    for text in ("a&lt;b&gt;&amp;", "&lt;i&gt;", "&lt;img&gt;.png", "&lt;run&gt;", "it &lt;is&gt; so"):
        assert text in page


def test_readings_come_with_the_wrong_ones_first_and_the_page_without_any_measured_epoch() -> None:
    result = make_result(["ab", "cd", "ba"], ["ab", "cc", ""])
    page = make_page(result)
    shown = re.findall(r"<code class=(?:good|bad)>(.*?)</code>", page)
    assert sorted(shown[:2]) == ["(nothing)", "cc"]
    assert shown[2:] == ["ab"]
    assert "instead of <code>cd</code>" in page
    assert "of the validation part" in page
    stopped = make_page(replace(result, history=(), interrupted=True))
    assert "Training was stopped before its time." in stopped
