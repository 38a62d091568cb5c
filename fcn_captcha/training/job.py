"""One training, from a folder or a generator to a tested reader."""

import platform
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

import fcn_captcha
from fcn_captcha.console.progress import Watch
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.lock import hold
from fcn_captcha.data.samples import Sample
from fcn_captcha.evaluation.causes import (
    find_alignment_cause,
    find_contrast_cause,
    find_direction_cause,
    find_label_cause,
)
from fcn_captcha.evaluation.metrics import Measures, measure
from fcn_captcha.evaluation.report import make_page
from fcn_captcha.evaluation.result import DataCheck, Result
from fcn_captcha.evaluation.tuning import Choice
from fcn_captcha.model.architectures import find_architecture
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.prediction import make_predict
from fcn_captcha.model.run_folder import Run
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.centre_files import write_centres
from fcn_captcha.training.checkpoint import State, read_checkpoint, write_checkpoint
from fcn_captcha.training.dataset import Dataset, make_dataset, make_few
from fcn_captcha.training.finished_reader import write_reader
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.settings import Settings, resume_settings

_TRAINING_SAMPLE = 500  # images of the training part that are read again, to compare with the test
_LOW = 0.5  # exact match on the training part: below it, causes are told again
_MEMORISING_EPOCHS = 12  # at most; ended as soon as all is read
_MOST_MEMORISED = 1000
_GOING_ON = "another training is going on there"


def train(settings: Settings, watch: Watch | None = None) -> Result:
    """Trains a reader and tests it.

    Args:
        settings: what to learn from, and how.
        watch: what to tell how it goes; a quiet one where None.

    Returns the result; the folder ``settings.out`` then holds what :class:`~fcn_captcha.model.run_folder.Run` names.

    Raises ``ValueError`` (of which :class:`~fcn_captcha.data.errors.DataError` is one) for settings or
    data that can't be trained on, ``FileExistsError`` where ``out`` exists. Nothing is written before then.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(settings.out))
    run.check_free(settings.overwrite)
    loop, causes = _prepare(settings, watch)
    with hold(run.lock, _GOING_ON):
        run.check_free(settings.overwrite)  # nobody else began there meanwhile
        for old in (run.checkpoint, run.measures):  # of an earlier run: not to be taken for this one's
            old.unlink(missing_ok=True)
        return _train(loop, run, causes, watch)


def resume(given: dict[str, Any], watch: Watch | None = None) -> Result:
    """Goes on with a training that was killed, crashed or stopped, from the end of its last whole epoch.

    On a CPU, with a budget of images or epochs, it ends with the weights that it would have come to undisturbed.

    Args:
        given: settings that are stated again, such as ``out``, the run's folder; see
            :func:`~fcn_captcha.training.settings.resume_settings`.
        watch: what to tell how it goes; a quiet one where None.

    Raises ``ValueError`` where there is nothing to go on with, the checkpoint is damaged or another version's,
    or settings or data are not what they were; ``FileExistsError`` where another process trains there.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(given.get("out", Settings.out)))
    run.check_unfinished()
    with hold(run.lock, _GOING_ON):
        run.check_unfinished()  # nobody else finished it meanwhile
        data, state = read_checkpoint(run.checkpoint)
        settings = resume_settings(run.read_settings(), {**given, "out": str(run.path)})
        loop, causes = _prepare(settings, watch)
        if loop.dataset.describe() != data:
            raise DataError(_describe_change(settings, data, loop.dataset.describe()))
        loop.restore(state)
        shown = loop.history[-1].images if loop.history else 0
        watch.say(f"going on after epoch {len(loop.history)}, {shown:,} images")
        return _train(loop, run, causes, watch)


def _prepare(settings: Settings, watch: Watch) -> tuple[Loop, list[str]]:
    """A loop ready to run, and what stands in the way of learning."""
    started = time.monotonic()
    dataset = make_dataset(settings, find_architecture(settings.architecture).stride)
    _say_dataset(dataset, settings, watch)
    causes = _find_causes(dataset)
    for cause in causes:
        watch.say(f"warning: {cause}")
    return Loop(dataset, settings, started), causes  # the last that may find fault with a setting


def _train(loop: Loop, run: Run, causes: list[str], watch: Watch) -> Result:
    """From the first step, or where it stands, to the report; its checkpoint stays if Ctrl-C ended it."""
    settings, dataset = loop.settings, loop.dataset
    run.begin({**settings.as_dict(), **loop.chosen, "versions": _find_versions()}, dataset.parts)
    data = dataset.describe()

    def keep(state: State) -> None:
        try:
            write_checkpoint(run.checkpoint, data, state)
        except OSError as error:
            watch.say(f"warning: {run.checkpoint}: can't be written ({error.strerror}); the training goes on")

    keep(loop.state())
    with watch:
        interrupted = loop.run(watch, keep=keep)
    result = _finish(loop, run, interrupted, causes, watch)
    run.write_report(make_page(result))
    if settings.save_centres:
        write_centres(dataset, settings.overwrite, watch)
    if not interrupted:
        run.checkpoint.unlink(missing_ok=True)
    return result


def _describe_change(settings: Settings, then: dict[str, Any], now: dict[str, Any]) -> str:
    counts = [f"{part}: {then[part]} then, {now[part]} now" for part in ("training", "validation", "test")]
    return (
        f"{settings.data or settings.generator}: other images or labels than this training was begun with "
        f"({'; '.join(counts)}); put them back, or begin anew in another folder"
    )


def memorise(settings: Settings, count: int, watch: Watch | None = None) -> DataCheck:
    """Whether a few images can be learnt at all: their text is where it is looked for, and the labels tell it.

    It can't tell wrong labels from right ones: a network memorises both, unless two contradict each other.

    Args:
        settings: as of :func:`train`. It ends when all are read rightly, or with its budget, twelve
            epochs where none is given.
        count: how many images, the first of the data.

    Raises ``ValueError`` as :func:`train` does, and where there is no data.
    """
    started = time.monotonic()
    if settings.data is None:
        raise ValueError("overfit: a folder of data to check is needed, got none")
    if not 1 <= count <= _MOST_MEMORISED:
        raise ValueError(f"overfit: it must lie in 1 to {_MOST_MEMORISED}, got {count}")
    # Gentle changes: memorised pixel by pixel, an image could be read by its noise.
    settings = replace(settings, augmentation=min(settings.augmentation, 0.5))
    if not settings.budget:
        settings = replace(settings, epochs=_MEMORISING_EPOCHS)
    watch = watch or Watch(quiet=True)
    dataset = make_few(settings, count, find_architecture(settings.architecture).stride)
    _say_dataset(dataset, settings, watch, memorise=True)
    # A few images can be memorised anywhere, so the flat start will do, and alignment would drift.
    loop = Loop(dataset, settings, started, align=False)
    with watch:
        loop.run(watch, until_perfect=True)
    samples = dataset.parts.validation
    network, config, _ = _choose(loop)
    readings = Reader(make_predict(network), config).read_many(s.image for s in samples)
    failures = [(s.name, s.text, r.text) for s, r in zip(samples, readings, strict=True) if s.text != r.text]
    return DataCheck(len(samples), loop.seconds, tuple(failures))


def _choose(loop: Loop) -> tuple[keras.Model, ModelConfig, Choice]:
    """The best network in float32, with the options that are best on the validation part."""
    dataset, settings = loop.dataset, loop.settings
    network = loop.make_best()
    choice = loop.validation.choose(network)
    config = ModelConfig(
        dataset.alphabet,
        dataset.preprocess,
        choice.options.threshold,
        choice.options.spacing_cells,
        dataset.stride,
        settings.architecture,
        settings.sigmas_cells,
    )
    return network, config, choice


def _finish(loop: Loop, run: Run, interrupted: bool, causes: list[str], watch: Watch) -> Result:
    """Writes the best network and tests it the way a user will read with it."""
    parts = loop.dataset.parts
    network, config, choice = _choose(loop)
    reader = write_reader(run, network, config, parts.training, parts.validation, watch)
    run.write_history(loop.history)
    readings = tuple(reader.read_many(s.image for s in parts.test))
    again = _measure_again(reader, parts.training[:_TRAINING_SAMPLE] or parts.validation)
    stuck = find_alignment_cause(loop.alignments, max((e.exact or 0.0 for e in loop.history), default=0.0))
    causes = [*causes, stuck] if stuck else causes
    result = Result(
        out=run.path,
        reader=reader,
        test=parts.test,
        readings=readings,
        measures=measure([s.text for s in parts.test], [r.text for r in readings]),
        training_measures=again,
        threshold_curve=choice.curve,
        history=tuple(loop.history),
        seconds=loop.seconds,
        interrupted=interrupted,
        images=loop.dataset.training_images,
        causes=tuple(causes) if again.exact.value < _LOW else (),
    )
    run.write_measures(
        {
            "seconds": result.seconds,
            "training_images": result.images,
            "images_seen": result.history[-1].images if result.history else 0,
            "waiting": float(np.mean([epoch.waiting for epoch in result.history[1:]] or [0.0])),
            **result.measures.as_dict(),
        }
    )
    return result


def _measure_again(reader: Reader, samples: tuple[Sample, ...]) -> Measures:
    return measure([s.text for s in samples], [r.text for r in reader.read_many(s.image for s in samples)])


def _find_causes(dataset: Dataset) -> list[str]:
    """What the real images and their strings themselves have that stands in the way of learning."""
    examples = dataset.prepare_some()
    inks, channels = [e.ink for e in examples], [e.channels for e in examples]
    causes = (
        find_contrast_cause(inks),
        find_label_cause([s.text for s in dataset.parts.training]),
        find_direction_cause(inks, channels),
    )
    return [cause for cause in causes if cause is not None]


def _say_dataset(dataset: Dataset, settings: Settings, watch: Watch, memorise: bool = False) -> None:
    for note in dataset.notes:
        watch.say(note)
    for problem in dataset.problems:
        watch.say(f"warning: {problem}")
    parts, preprocess = dataset.parts, dataset.preprocess
    if memorise:
        watch.say(f"{settings.data}: {len(parts.validation)} images to memorise")
    elif settings.data is not None:
        watch.say(
            f"{settings.data}: {dataset.training_images} images to train on, {len(parts.validation)} to choose the "
            f"threshold on, {len(parts.test)} to test on"
        )
    if settings.generator is not None:
        watch.say(f"{settings.generator}: an endless stream of generated images, seed {settings.seed}")
    watch.say(
        f"alphabet of {len(dataset.alphabet)}: {dataset.alphabet.characters}   "
        f"text: {preprocess.polarity}   scale: {preprocess.scale:.2f}"
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
