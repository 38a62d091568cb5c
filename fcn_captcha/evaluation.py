"""Measuring a trained model on labelled images."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fcn_captcha.decoding import find_text
from fcn_captcha.images import Pixels
from fcn_captcha.metrics import Measures, Share, measure
from fcn_captcha.reader import Reader
from fcn_captcha.samples import Sample, read_folder, split_samples
from fcn_captcha.threshold import THRESHOLDS


@dataclass(frozen=True)
class Evaluation:
    """Measures at the model's own threshold; the curve shows what others would have given.

    ``shift_curve`` has the exact match for each place on a wider canvas, 0 at its left edge and 1 at
    its right one; it is empty where that was not asked for.
    """

    measures: Measures
    threshold: float
    threshold_curve: tuple[tuple[float, float], ...]
    shift_curve: tuple[tuple[float, Share], ...]
    problems: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.measures.as_dict(),
            "threshold": self.threshold,
            "threshold_curve": self.threshold_curve,
            "shift_curve": [(place, share.value) for place, share in self.shift_curve],
        }


def evaluate(
    model: Path | str,
    data: Path | str,
    part: str = "all",
    fold: int = 0,
    length: str | int | None = None,
    allowed: str | None = None,
    shift: bool = False,
) -> Evaluation:
    """Reads the labelled images of ``data`` and compares.

    Args:
        model: a run's folder or a model file.
        data: a folder, see :func:`~fcn_captcha.samples.read_folder`.
        part: 'all', or 'test' for the test part of ``fold`` only.
        shift: whether to read each image on a canvas half as wide again too, from edge to edge.
        length, allowed: as of :meth:`Reader.load <fcn_captcha.reader.Reader.load>`.

    Raises ``ValueError`` for a bad argument, model or folder.
    """
    reader = Reader.load(model, length, allowed)
    folder = read_folder(data)
    problems = list(folder.problems)
    samples = folder.samples
    if part == "test":
        samples = split_samples(samples, fold).test
    elif part != "all":
        raise ValueError(f"part: all or test is needed, got {part!r}")
    elif _was_trained_on(Path(model), Path(data)):
        problems.append(f"{data}: this model was trained on most of these images; --part test leaves those out")
    if not samples:
        raise ValueError(f"{data}: no image falls into its test part")
    texts = [s.text for s in samples]
    unknown = sorted(set("".join(texts)) - set(reader.card.alphabet.characters))
    if unknown:
        problems.append(f"{data}: the model doesn't know {''.join(unknown)!r}; strings with them count as wrong")
    maps = [reader.make_maps(s.image)[0] for s in samples]
    curve = []
    for threshold in sorted({*THRESHOLDS, reader.rules.threshold}):
        rules = replace(reader.rules, threshold=threshold)
        readings = [reader.card.alphabet.decode(find_text(m, rules).channels) for m in maps]
        measures = measure(texts, readings)
        curve.append((threshold, measures.exact.value))
        if threshold == reader.rules.threshold:
            own = measures
    places = make_places() if shift else ()
    moved = tuple((place, measure(texts, _read_moved(reader, samples, place)).exact) for place in places)
    return Evaluation(own, reader.rules.threshold, tuple(curve), moved, tuple(problems))


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


def _was_trained_on(model: Path, data: Path) -> bool:
    settings = (model if model.is_dir() else model.parent) / "settings.json"
    if not settings.exists():
        return False
    trained_on = json.loads(settings.read_text(encoding="utf-8")).get("data")
    return trained_on is not None and Path(trained_on).resolve() == data.resolve()
