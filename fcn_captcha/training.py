"""One training, from a folder or a generator to a tested reader."""

import csv
import json
import platform
import time
from dataclasses import asdict, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

import fcn_captcha
from fcn_captcha import geometry
from fcn_captcha.causes import find_alignment_cause, find_contrast_cause, find_direction_cause, find_label_cause
from fcn_captcha.dataset import Dataset, make_dataset
from fcn_captcha.fit import Epoch, Fit
from fcn_captcha.geometry import STRIDE
from fcn_captcha.labelme import write_labelme
from fcn_captcha.metrics import measure
from fcn_captcha.model_file import MODEL_NAME, Card, write_model
from fcn_captcha.progress import Watch
from fcn_captcha.prediction import make_predict
from fcn_captcha.reader import Reader
from fcn_captcha.reading_order import find_order, reorder
from fcn_captcha.report import write_report
from fcn_captcha.result import DataCheck, Result
from fcn_captcha.settings import Settings
from fcn_captcha.splits import PARTS_NAME, write_parts
from fcn_captcha.threshold import Choice, choose_rules

_TRAINING_SAMPLE = 500  # images of the training part that are read again, to compare with the test
_LOW = 0.5  # exact match on the training part: below it, causes are told again
_MEMORISING_EPOCHS = 12  # at most; ended as soon as all is read


def train(watch: Watch | None = None, **names: Any) -> Result:
    """Trains a reader and tests it.

    Args:
        watch: what to tell how it goes; a quiet one where None.
        names: the fields of :class:`~fcn_captcha.settings.Settings`, which are the command's flags.

    Returns the result; the folder ``out`` then holds ``model.keras``, ``history.csv``,
    ``settings.json``, ``measures.json``, ``report.html`` and, where there is data, ``parts.csv``.

    Raises ``ValueError`` (of which :class:`~fcn_captcha.images.DataError` is one) for settings or
    data that can't be trained on, ``FileExistsError`` where ``out`` exists.
    """
    started = time.monotonic()
    settings = Settings(**names)
    if settings.overfit is not None:
        raise ValueError("overfit: it is a check of the data, not a training; call check_data")
    watch = watch or Watch(quiet=True)
    out = Path(settings.out)
    if out.exists() and not (out.is_dir() and (settings.overwrite or not any(out.iterdir()))):
        raise FileExistsError(f"{out}: exists; choose another --out, or --overwrite to replace it")
    dataset = make_dataset(settings)
    _say_dataset(dataset, settings, watch)
    causes = _find_causes(dataset)
    for cause in causes:
        watch.say(f"warning: {cause}")
    fit = Fit(dataset, settings, started)  # the last that may find fault with a setting
    out.mkdir(parents=True, exist_ok=True)
    _write_json(out / "settings.json", {**settings.as_dict(), **fit.chosen, "versions": _find_versions()})
    write_parts(out / PARTS_NAME, dataset.parts)
    with watch:
        interrupted = fit.run(watch)
    result = _finish(fit, out, interrupted, causes)
    write_report(result)
    if settings.save_centres:
        _save_centres(fit, settings.overwrite, watch)
    return result


def check_data(watch: Watch | None = None, **names: Any) -> DataCheck:
    """Memorises a few images as a check of one's data: what can't be memorised is labelled wrongly.

    Args: as of :func:`train`; ``overfit`` says how many images. It ends when all are read rightly, or
    with its budget, twelve epochs where none is given.
    """
    started = time.monotonic()
    settings = Settings(**names)
    if settings.overfit is None:
        raise ValueError("overfit: how many images to memorise is needed, got None")
    # Gentle changes: memorised pixel by pixel, an image could be read by its noise.
    settings = replace(settings, augmentation=min(settings.augmentation, 0.5))
    if not settings.budget:
        settings = replace(settings, epochs=_MEMORISING_EPOCHS)
    watch = watch or Watch(quiet=True)
    dataset = make_dataset(settings)
    _say_dataset(dataset, settings, watch)
    fit = Fit(dataset, settings, started)
    with watch:
        fit.run(watch, until_perfect=True)
    samples = dataset.parts.threshold
    reader, _, _ = _choose(fit)
    readings = reader.read_many(s.image for s in samples)
    failures = [(s.name, s.text, r.text) for s, r in zip(samples, readings, strict=True) if s.text != r.text]
    return DataCheck(len(samples), fit.seconds, tuple(failures))


def _choose(fit: Fit) -> tuple[Reader, keras.Model, Choice]:
    """The best network in float32, with the threshold that is best on the threshold part."""
    dataset = fit.dataset
    network = fit.make_best()
    choice = choose_rules(fit.read_held_back(network), dataset.alphabet, fit.settings.widths_cells)
    card = Card(
        dataset.alphabet,
        dataset.preprocess,
        choice.rules.threshold,
        choice.rules.spacing_cells,
        STRIDE,
        fit.settings.architecture,
        fit.settings.widths_cells,
    )
    return Reader(make_predict(network), card), network, choice


def _finish(fit: Fit, out: Path, interrupted: bool, causes: list[str]) -> Result:
    """Writes the best network and tests it the way a user will read with it."""
    parts = fit.dataset.parts
    reader, network, choice = _choose(fit)
    write_model(out / MODEL_NAME, network, reader.card)
    _write_history(out / "history.csv", fit.history)
    readings = tuple(reader.read_many(s.image for s in parts.test))
    again = parts.training[:_TRAINING_SAMPLE] or parts.threshold
    again_measures = measure([s.text for s in again], [r.text for r in reader.read_many(s.image for s in again)])
    stuck = find_alignment_cause(fit.alignments, max((e.exact or 0.0 for e in fit.history), default=0.0))
    causes = [*causes, stuck] if stuck else causes
    result = Result(
        out=out,
        reader=reader,
        test=parts.test,
        readings=readings,
        measures=measure([s.text for s in parts.test], [r.text for r in readings]),
        training_measures=again_measures,
        threshold_curve=choice.curve,
        history=tuple(fit.history),
        seconds=fit.seconds,
        interrupted=interrupted,
        images=len(parts.training),
        causes=tuple(causes) if again_measures.exact.value < _LOW else (),
    )
    _write_json(
        out / "measures.json",
        {
            "seconds": result.seconds,
            "training_images": result.images,
            "images_seen": result.history[-1].images if result.history else 0,
            "waiting": float(np.mean([epoch.waiting for epoch in result.history[1:]] or [0.0])),
            **result.measures.as_dict(),
        },
    )
    return result


def _find_causes(dataset: Dataset) -> list[str]:
    """What the real images and their strings themselves have that stands in the way of learning."""
    inks, channels = [e.ink for e in dataset.real], [e.channels for e in dataset.real]
    causes = (
        find_contrast_cause(inks),
        find_label_cause([s.text for s in dataset.parts.training]),
        find_direction_cause(inks, channels),
    )
    return [cause for cause in causes if cause is not None]


def _save_centres(fit: Fit, overwrite: bool, watch: Watch) -> None:
    """The training part's centres as labelme JSON beside the images."""
    written = kept = 0
    owners: dict[Path, str] = {}
    for sample, example in zip(fit.dataset.parts.training, fit.dataset.real, strict=True):
        if sample.path is None or example.known or example.centres_px is None:
            continue
        target = sample.path.with_suffix(".json")
        if owners.setdefault(target, sample.name) != sample.name:
            watch.say(f"warning: {sample.path}: its centres have no file, as {target.name} is of {owners[target]}")
            continue
        if target.exists() and not overwrite:
            kept += 1
            continue
        centres_px = example.centres_px[find_order(reorder(sample.text))]
        centres = geometry.apply_affine(geometry.invert_affine(example.to_ink), centres_px)
        height, width = sample.image.shape[:2]
        write_labelme(target, sample.path, (width, height), sample.text, centres)
        written += 1
    watch.say(f"wrote the centres of {written} images as labelme JSON" + (f"; {kept} existed and stay" if kept else ""))


def _say_dataset(dataset: Dataset, settings: Settings, watch: Watch) -> None:
    for note in dataset.notes:
        watch.say(note)
    for problem in dataset.problems:
        watch.say(f"warning: {problem}")
    parts, preprocess = dataset.parts, dataset.preprocess
    if settings.overfit is not None:
        watch.say(f"{settings.data or settings.generator}: {len(parts.threshold)} images to memorise")
    elif settings.data is not None:
        watch.say(
            f"{settings.data}: {len(parts.training)} images to train on, {len(parts.threshold)} to choose the "
            f"threshold on, {len(parts.test)} to test on"
        )
    if settings.generator is not None:
        watch.say(f"{settings.generator}: an endless stream of generated images, seed {settings.seed}")
    watch.say(
        f"alphabet of {len(dataset.alphabet)}: {dataset.alphabet.characters}   "
        f"ink: {preprocess.ink}   scale: {preprocess.scale:.2f}"
    )
    unknown = sum(not e.known for e in dataset.real)
    if unknown:
        watch.say(f"{unknown} of them have no centres: these are found from their strings on the way")


def _find_versions() -> dict[str, str]:
    backend = keras.backend.backend()
    return {
        "fcn_captcha": fcn_captcha.__version__,
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": f"{backend} {version(backend)}",
        "numpy": np.__version__,
    }


def _write_json(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_history(path: Path, history: list[Epoch]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [f.name for f in fields(Epoch)])
        table.writeheader()
        table.writerows(asdict(epoch) for epoch in history)
