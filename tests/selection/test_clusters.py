"""A whole selection on joblib's processes, on a real Dask and on a real Ray that it starts here; a worker dies."""

import os
from pathlib import Path

import pytest
import stand_in_starts
from recorder import Notebook

from fcn_captcha.selection import selection
from fcn_captcha.selection.rungs import Rung
from fcn_captcha.selection.selection import Plan, select
from fcn_captcha.selection.workers import BACKENDS
from fcn_captcha.training.settings import Settings


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_the_best_start_is_found_although_its_worker_died(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Workers import the stand-ins by their name.
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    )
    monkeypatch.setattr(selection, "advance", stand_in_starts.advance)
    monkeypatch.setattr(selection, "finish", stand_in_starts.finish)
    watch, plan = Notebook(), Plan((Rung(3, 1), Rung(1, 2)), backend, workers=2)
    found = select(plan, Settings(generator="plain", out=str(tmp_path / "a"), seed=10), watch)
    assert (tmp_path / "a" / "starts" / "01" / "died").exists()
    assert [(s.number, len(s.history)) for s in found.standings] == [(1, 2), (0, 1), (2, 1)]
    assert (tmp_path / "a" / "measures.json").read_text() == "11"
    assert found.measures.exact.value == 1
    if backend != "dask":  # which tries again by itself
        assert sum("a worker died" in line for line in watch.lines) == 1
