"""What stands in for a worker's tasks, without a network: importable by workers on any cluster."""

import os
from pathlib import Path

from results import make_epoch

from fcn_captcha.evaluation.metrics import Measures, measure
from fcn_captcha.model.run_folder import Run
from fcn_captcha.selection.rungs import Standing
from fcn_captcha.training.settings import Settings


def advance(number: int, settings: Settings, epochs: int, session: str) -> Standing:
    """Start 1 reads best; its worker dies once, as if it had been killed."""
    folder = Path(settings.out)
    folder.mkdir(exist_ok=True)
    if number == 1 and not (folder / "died").exists():
        (folder / "died").touch()
        os._exit(9)
    history = tuple(make_epoch(i + 1, 0.9 if number == 1 else 0.2) for i in range(epochs))
    Run(folder).write_history(history)
    return Standing(number, history)


def finish(settings: Settings, into: str) -> tuple[Measures, tuple[str, ...]]:
    """Leaves what tells that a selection is finished, by start number as its seed has it."""
    (Path(into) / "measures.json").write_text(str(settings.seed))
    return measure(["ab"], ["ab"]), ("Good.",)
