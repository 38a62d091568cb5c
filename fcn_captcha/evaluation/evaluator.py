"""Measuring a trained model on labelled images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fcn_captcha.data.images import Pixels
from fcn_captcha.data.samples import Folder, Sample, read_folder
from fcn_captcha.data.shards import find_shards, read_some
from fcn_captcha.evaluation.metrics import Measures, Share, measure
from fcn_captcha.evaluation.reliability import Reliability, measure_reliability
from fcn_captcha.evaluation.tuning import THRESHOLDS, measure_options
from fcn_captcha.model.run_folder import describe_seen, find_test_part, read_run_data
from fcn_captcha.reading.reader import Reader


@dataclass(frozen=True)
class Evaluation:
    """Measures at the model's own threshold; the curve shows what others would have given.

    ``shift_curve`` has the exact match for each place on a wider canvas, 0 at its left edge and 1 at
    its right one; it is empty where that was not asked for. ``notes`` say how labels were found.
    """

    measures: Measures
    reliability: Reliability
    threshold: float
    threshold_curve: tuple[tuple[float, float], ...]
    shift_curve: tuple[tuple[float, Share], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.measures.as_dict(),
            **self.reliability.as_dict(),
            "threshold": self.threshold,
            "threshold_curve": self.threshold_curve,
            "shift_curve": [(place, share.value) for place, share in self.shift_curve],
        }


def evaluate(
    model: Path | str,
    data: Path | str,
    part: str = "all",
    fold: int | None = None,
    length: str | int | None = None,
    allowed: str | None = None,
    shift: bool = False,
    label_pattern: str | None = None,
) -> Evaluation:
    """Reads the labelled images of ``data`` and compares.

    Args:
        model: a run's folder or a model file.
        data: a folder, see :func:`~fcn_captcha.data.samples.read_folder`; of one of shards a thousand images are read.
        part: 'all', or 'test' for those images only that the run neither was trained on nor chose on.
        fold: which tenth of the names is the test part, for a model that doesn't tell; 0 where None.
        shift: whether to read each image on a canvas half as wide again too, from edge to edge.
        label_pattern: as of :func:`~fcn_captcha.data.samples.read_folder`; that of the run where None.
        length, allowed: as of :meth:`Reader.load <fcn_captcha.reading.reader.Reader.load>`.

    Raises ``ValueError`` for a bad argument, model or folder.
    """
    if part not in ("all", "test"):
        raise ValueError(f"part: all or test is needed, got {part!r}")
    if fold is not None and part == "all":
        raise ValueError(f"fold: it says which part is the test, so --part test is needed with it, got {fold}")
    reader = Reader.load(model, length, allowed)
    run = read_run_data(model)
    folder = _read_labelled(Path(data), label_pattern or run.label_pattern, part, run.fold if fold is None else fold)
    samples: Sequence[Sample] = folder.samples
    problems = [*folder.problems]
    if part == "test":
        samples = find_test_part(samples, run, Path(data), fold)
    if part == "all" or not run.known:
        problems += describe_seen(samples, run, Path(model), Path(data))
    unknown = sorted(set("".join(s.text for s in samples)) - set(reader.config.alphabet.characters))
    if unknown:
        problems.append(f"{data}: the model doesn't know {''.join(unknown)!r}; strings with them count as wrong")
    texts = [s.text for s in samples]
    readings = list(reader.read_many(s.image for s in samples))
    own = measure(texts, [r.text for r in readings])
    right = [r.text == text for text, r in zip(texts, readings, strict=True)]
    reliability = measure_reliability([r.confidence for r in readings], right)
    curve = _measure_thresholds(reader, samples)
    places = make_places() if shift else ()
    moved = tuple((place, measure(texts, _read_moved(reader, samples, place)).exact) for place in places)
    return Evaluation(own, reliability, reader.options.threshold, curve, moved, tuple(problems), folder.notes)


def _read_labelled(data: Path, label_pattern: str | None, part: str, fold: int) -> Folder:
    """All images of a folder, or so many of one of shards."""
    if find_shards(data):
        return read_some(data, label_pattern, fold if part == "test" else None)
    return read_folder(data, label_pattern)


def _measure_thresholds(reader: Reader, samples: Sequence[Sample]) -> tuple[tuple[float, float], ...]:
    """(threshold, exact match) of others and the reader's own. One image's maps are held at once."""
    thresholds = sorted({*THRESHOLDS, reader.options.threshold})
    every = [replace(reader.options, threshold=threshold) for threshold in thresholds]
    labelled = ((reader.make_maps(s.image)[0], s.text) for s in samples)
    measured = measure_options(labelled, reader.config.alphabet, every)
    return tuple((t, m.exact.value) for t, m in zip(thresholds, measured, strict=True))


def make_places(count: int = 9) -> tuple[float, ...]:
    """Places on a wider canvas, from its left edge, 0, to its right one, 1."""
    return tuple(i / (count - 1) for i in range(count))


def place_on_canvas(image: Pixels, place: float) -> Pixels:
    """The image on a canvas half as wide again, whose ground goes on as the image's sides end.

    Args:
        image: uint8, (height, width, 3).
        place: 0 puts it at the left edge, 1 at the right one.
    """
    spare = image.shape[1] // 2
    left = round(place * spare)
    sides = [
        np.full((image.shape[0], width, 3), np.median(image[:, column], axis=0).round(), np.uint8)
        for width, column in ((left, 0), (spare - left, -1))
    ]
    return np.hstack([sides[0], image, sides[1]])


def _read_moved(reader: Reader, samples: Sequence[Sample], place: float) -> list[str]:
    return [reading.text for reading in reader.read_many(place_on_canvas(s.image, place) for s in samples)]
