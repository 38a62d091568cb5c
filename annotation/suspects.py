"""Labels that are probably wrong, told by models that never saw them: ``python -m annotation.suspects --help``."""

import argparse
import csv
import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annotation.formats.annotated import find_accepted
from annotation.judgement import Judgement, judge
from annotation.part_folders import write_part_folder
from fcn_captcha.console.progress import Watch, escape_output, fail
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import write_json, write_whole
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.model.backend import load_keras
from fcn_captcha.model.run_folder import find_seen, read_run_data
from fcn_captcha.reading.reader import Reader

IMAGES = 8000  # shown in the training of each fold
_VALIDATION = 10  # every so-manyth image of the others chooses epoch and threshold
_FEWEST = 3  # images of each part


@dataclass(frozen=True)
class Suspect:
    """An image whose label may be wrong.

    Attributes:
        name: the file's path within the folder.
        path: the file.
        stated: its label; the string that a person accepted on the page, where one did.
        read: what a model that did not learn from it reads.
        doubt: how likely the label is wrong against what is read, in [0, 1].
        log_odds: the same in nats, which still differ where ``doubt`` is all but 1.
    """

    name: str
    path: Path
    stated: str
    read: str
    doubt: float
    log_odds: float


def find_suspects(
    folder: Path | str,
    work: Path | str,
    folds: int = 3,
    images: int = IMAGES,
    seed: int = 0,
    label_pattern: str | None = None,
    watch: Watch | None = None,
) -> list[Suspect]:
    """All labelled images of a folder, that whose label is most probably wrong first.

    The images are dealt into ``folds`` by their content; each fold is judged by a model trained on the others
    (:func:`annotation.judgement.judge`), so no model defends a label that it learnt.

    Args:
        folder: see :func:`~fcn_captcha.data.samples.read_folder`; it is only read.
        work: keeps each fold's result, so that a search that was ended goes on with the next fold.
        folds: how many, 2 to 10.
        images: shown in the training of each fold, repeats counted.
        seed: of the trainings.
        label_pattern: as of ``read_folder``.
        watch: what to tell how it goes; a quiet one where None.

    Raises ``ValueError`` (of which :class:`~fcn_captcha.data.errors.DataError` is one) for a bad argument or
    folder, ``KeyboardInterrupt`` where a training was ended by Ctrl-C.
    """
    if not 2 <= folds <= 10:
        raise ValueError(f"folds: it must lie in 2 to 10, got {folds}")
    watch = watch or Watch(quiet=True)
    samples = _read_samples(folder, label_pattern, watch)
    if len(samples) < _FEWEST * _VALIDATION:
        raise DataError(f"{folder}: at least {_FEWEST * _VALIDATION} labelled images are needed, got {len(samples)}")
    search = _Search(Path(work), samples, folds, {"images": images, "seed": seed}, watch)
    return _rank(sample for number in range(folds) for sample in search.judge_fold(number))


def find_suspects_by_runs(
    folder: Path | str, runs: Sequence[Path | str], label_pattern: str | None = None, watch: Watch | None = None
) -> list[Suspect]:
    """As :func:`find_suspects`, by models that are there: each image by the first run that did not learn from it.

    Images that all runs learnt from or chose on are left out, with a line to ``watch``.
    """
    watch = watch or Watch(quiet=True)
    left = _read_samples(folder, label_pattern, watch)
    found: list[Suspect] = []
    for run in runs:
        data = read_run_data(run)
        if data.data is not None and data.parts is None:
            raise DataError(f"{run}: it does not say which images it was trained on, so it can't judge their labels")
        seen = {s.name for s in find_seen(left, data)}
        reader = Reader.load(run)
        found += [_make_suspect(s, judge(reader, s.image, s.text)) for s in left if s.name not in seen]
        left = [s for s in left if s.name in seen]
    if left:
        watch.say(f"warning: {left[0].name}: {len(left)} images not judged, as every run learnt from them")
    return _rank(found)


class _Search:
    """A search's folds and where their results are kept."""

    def __init__(
        self, work: Path, samples: Sequence[Sample], folds: int, settings: dict[str, int], watch: Watch
    ) -> None:
        self._work, self._folds, self._settings, self._watch = work, folds, settings, watch
        self._samples = sorted(samples, key=lambda s: s.content)
        told = json.dumps([folds, settings, [(s.content, s.text) for s in self._samples]])
        self._key = hashlib.sha256(told.encode()).hexdigest()

    def judge_fold(self, number: int) -> list[Suspect]:
        """The suspects of a fold: those of its file, or of a training, whose result is then kept."""
        held_out = self._samples[number :: self._folds]
        path = self._work / f"fold-{number}.json"
        judged = _read_judged(path, self._key)
        if judged is None:
            self._watch.say(f"fold {number + 1} of {self._folds}")
            reader = self._train(number)
            judged = {}
            for sample in held_out:
                found = judge(reader, sample.image, sample.text)
                judged[sample.content] = {"read": found.read, "log_odds": found.log_odds, "doubt": found.doubt}
            write_json(path, {"key": self._key, "judged": judged})
        return [Suspect(s.name, s.path or Path(), s.text, **judged[s.content]) for s in held_out]

    def _train(self, number: int) -> Reader:
        from fcn_captcha import train

        rest = [s for i, s in enumerate(self._samples) if i % self._folds != number]
        data, run = self._work / f"data-{number}", self._work / f"run-{number}"
        shutil.rmtree(data, ignore_errors=True)  # of a search that was killed
        write_part_folder(
            data,
            {
                "train": [s for i, s in enumerate(rest) if i % _VALIDATION],
                "val": rest[::_VALIDATION],
                "test": self._samples[number :: self._folds],
            },
        )
        names: dict[str, Any] = {"data": str(data), "out": str(run), "overwrite": True, **self._settings}
        result = train(watch=self._watch, **names)
        if result.interrupted:
            raise KeyboardInterrupt
        shutil.rmtree(data)
        return result.reader


def _read_samples(folder: Path | str, label_pattern: str | None, watch: Watch) -> list[Sample]:
    found = read_folder(folder, label_pattern)
    for problem in found.problems:
        watch.say(f"warning: {problem}")
    for note in found.notes:
        watch.say(note)
    return [_heed_person(sample) for sample in found.samples]


def _heed_person(sample: Sample) -> Sample:
    """With the string that a person accepted on the page, where one did."""
    text = find_accepted(sample.path) if sample.path is not None else None
    return sample if text in (None, sample.text) else replace(sample, text=str(text), centres=None)


def _read_judged(path: Path, key: str) -> dict[str, dict[str, Any]] | None:
    """What is kept of a fold; None where nothing is, or it is of other images, labels or settings."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        judged: dict[str, dict[str, Any]] = record["judged"]
        return judged if record["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make_suspect(sample: Sample, found: Judgement) -> Suspect:
    return Suspect(sample.name, sample.path or Path(), sample.text, found.read, found.doubt, found.log_odds)


def _rank(suspects: Iterator[Suspect] | Sequence[Suspect]) -> list[Suspect]:
    return sorted(suspects, key=lambda s: (-s.log_odds, s.name))


def write_suspects(path: Path, suspects: Sequence[Suspect]) -> None:
    """A table with the columns ``file_name``, ``stated``, ``read`` and ``doubt``, written whole or not at all."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["file_name", "stated", "read", "doubt"])
    table.writerows([s.name, s.stated, s.read, f"{s.doubt:.4f}"] for s in suspects)
    write_whole(path, text.getvalue())


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m annotation.suspects",
        description="Print the images whose labels are probably wrong: name, label, reading and doubt, by tabs.",
        epilog="example: python -m annotation.suspects captchas --images 8000 --out suspects.csv",
        allow_abbrev=False,
    )
    parser.add_argument("folder", help="of labelled images, as train takes it")
    parser.add_argument("--images", type=int, default=IMAGES, metavar="N", help="shown in the training of each fold")
    parser.add_argument("--folds", type=int, default=3, metavar="N", help="trainings, each on the images of the others")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the trainings")
    parser.add_argument("--work", metavar="S", help="keeps each fold's result (default runs/suspects-FOLDER)")
    parser.add_argument("--run", action="append", metavar="S", help="a run that judges instead; any number of them")
    parser.add_argument("--label-pattern", metavar="S", help="as of train")
    parser.add_argument("--least", type=float, default=0.5, metavar="X", help="the least doubt that is printed")
    parser.add_argument("--out", metavar="S", help="table of all images, the most doubtful first")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    escape_output()
    watch = Watch()
    try:
        load_keras()
        if options.run:
            found = find_suspects_by_runs(options.folder, options.run, options.label_pattern, watch)
        else:
            work = options.work or f"runs/suspects-{Path(options.folder).resolve().name}"
            found = find_suspects(
                options.folder, work, options.folds, options.images, options.seed, options.label_pattern, watch
            )
        if options.out:
            write_suspects(Path(options.out), found)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    doubted = [s for s in found if s.doubt >= options.least]
    for suspect in doubted:
        print(f"{suspect.name}\t{suspect.stated}\t{suspect.read}\t{suspect.doubt:.3f}")
    watch.say(f"{len(doubted)} of {len(found)} labels are doubted by {options.least} or more")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
