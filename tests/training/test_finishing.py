from pathlib import Path


def test_the_report_is_one_page_that_needs_nothing_else(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert "exact match" in page
    assert "instead of" in page or "None: every character" in page
    assert page.count("<svg") > 20
    assert "data:image/png;base64," in page
    outside = [part for part in page.split('href="')[1:] if not part.startswith(("data:", "#"))]
    assert not outside
    assert 'src="http' not in page
