"""A run's folder: the names of its files, what a run writes there, and which images it used for what."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import write_json, write_whole
from fcn_captcha.data.samples import Sample
from fcn_captcha.data.splits import PARTS_NAME, Parts, read_parts, split_samples, write_parts
from fcn_captcha.model.model_file import MODEL_NAME, ONNX_NAME


@dataclass(frozen=True)
class Run:
    """A run's folder, which need not be there yet. Each file is written whole or not at all."""

    path: Path

    @property
    def model(self) -> Path:
        return self.path / MODEL_NAME

    @property
    def onnx(self) -> Path:
        return self.path / ONNX_NAME

    @property
    def settings(self) -> Path:
        return self.path / "settings.json"

    @property
    def parts(self) -> Path:
        return self.path / PARTS_NAME

    @property
    def history(self) -> Path:
        return self.path / "history.csv"

    @property
    def measures(self) -> Path:
        return self.path / "measures.json"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.npz"

    @property
    def tensorboard(self) -> Path:
        """A folder."""
        return self.path / "tensorboard"

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    def check_free(self, overwrite: bool) -> None:
        """Raises ``FileExistsError`` where there is something that must stay."""
        path = self.path
        if path.exists() and not (path.is_dir() and (overwrite or not set(path.iterdir()) - {self.lock})):
            raise FileExistsError(f"{path}: exists; choose another --out, or --overwrite to replace it")

    def check_unfinished(self) -> None:
        """Raises ``ValueError`` where there is no training to go on with, because none was begun or it is finished."""
        if self.settings.exists() and self.checkpoint.exists():
            return
        if self.settings.exists() and self.measures.exists():
            raise ValueError(f"{self.path}: this training is finished, nothing is left to do")
        if self.settings.exists():
            raise ValueError(f"{self.path}: no {self.checkpoint.name} to go on from; begin anew with --overwrite")
        raise ValueError(f"{self.path}: no training was begun there; leave out --resume to begin one")

    def read_settings(self) -> dict[str, Any]:
        """What :meth:`begin` wrote of the settings. Raises :class:`DataError` where it is something else."""
        try:
            return dict(json.loads(self.settings.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise DataError(f"{self.settings}: not the settings of a run ({error})") from None

    def begin(self, settings: dict[str, Any], parts: Parts) -> None:
        """Makes the folder, with what is known before the first step."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_settings(settings)
        write_parts(self.parts, parts)

    def write_settings(self, settings: dict[str, Any]) -> None:
        """As given, or as chosen where they were left open."""
        write_json(self.settings, settings)

    def write_history(self, epochs: Sequence[Any]) -> None:
        """A row for each epoch, a dataclass each."""
        text = io.StringIO(newline="")
        if epochs:
            table = csv.DictWriter(text, [f.name for f in fields(epochs[0])])
            table.writeheader()
            table.writerows(asdict(epoch) for epoch in epochs)
        write_whole(self.history, text.getvalue())

    def write_measures(self, record: dict[str, Any]) -> None:
        write_json(self.measures, record)

    def write_report(self, page: str) -> None:
        write_whole(self.report, page)


@dataclass(frozen=True)
class RunData:
    """What is known of a model's training.

    Attributes:
        known: whether the model lies in a run's folder, so that the rest says anything.
        data: the folder it was trained on, None where its images were drawn.
        fold: which tenth of the file names of ``data`` is its test part.
        label_pattern: how it found labels in file names, where that was stated.
        parts: the part of each image by its content, None where the run wrote none.
    """

    known: bool = False
    data: Path | None = None
    fold: int = 0
    label_pattern: str | None = None
    parts: dict[str, str] | None = None


def read_run_data(model: Path | str) -> RunData:
    """What is known of the training of ``model``, a run's folder or a model file (in one or not)."""
    model = Path(model)
    run = Run(model if model.is_dir() else model.parent)
    if not run.settings.exists():
        return RunData()
    record = run.read_settings()
    data = record.get("data")
    return RunData(
        known=True,
        data=None if data is None else Path(data),
        fold=record.get("fold", 0),
        label_pattern=record.get("label_pattern"),
        parts=read_parts(run.parts) if data is not None and run.parts.exists() else None,
    )


def find_seen(samples: Sequence[Sample], run: RunData) -> list[Sample]:
    """Those that the run was trained on or chose its threshold on, by their content."""
    parts = run.parts or {}
    return [s for s in samples if parts.get(s.content) in ("training", "validation")]


def describe_seen(samples: Sequence[Sample], run: RunData, model: Path, data: Path) -> list[str]:
    """A line where some of the images were trained on, or where that can't be known."""
    if not run.known:
        return [f"{model}: no run's folder around it, so it can't be known which images it was trained on"]
    if run.data is None:
        return []
    if run.parts is None:
        if run.data.resolve() == data.resolve():
            return [f"{data}: this run was trained on most of these images; --part test leaves those out"]
        return [f"{model}: no {PARTS_NAME} beside it, so it can't be known which images it was trained on"]
    seen = len(find_seen(samples, run))
    if not seen:
        return []
    return [
        f"{data}: {seen} of {len(samples)} images are ones that this run was trained on or chose its threshold on; "
        "--part test leaves those out"
    ]


def find_test_part(samples: Sequence[Sample], run: RunData, data: Path, fold: int | None = None) -> list[Sample]:
    """The images on which a test of the run is fair.

    Of the folder that the run was trained on, its own test part. Of another folder, all but those that
    the run used, wherever they lay then, and but what that folder states as another part. Where the run
    doesn't tell, the tenth ``fold``.

    Raises ``ValueError`` where ``fold`` contradicts the run, :class:`DataError` where no image is left.
    """
    if fold is not None and run.data is not None and fold != run.fold:
        raise ValueError(f"fold: this run was trained with fold {run.fold}, so its test part is that one, got {fold}")
    tenth = split_samples(samples, run.fold if fold is None else fold)
    if run.parts is None:
        left = list(tenth.test)
    else:
        # Contents that the run doesn't know may be its images changed since: then the names tell.
        own = run.data is not None and run.data.resolve() == data.resolve()
        told = own or any(s.part for s in samples)
        test = {s.name for s in (tenth.test if told else samples)}
        left = [s for s in samples if run.parts.get(s.content, "test" if s.name in test else "") == "test"]
    if not left:
        raise DataError(f"{data}: none of its {len(samples)} images is left to test on, as the run used them itself")
    return left
