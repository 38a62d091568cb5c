"""One training, from a folder or a generator to a tested reader."""

import platform
import time
from collections.abc import Sequence
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
from fcn_captcha.evaluation.result import DataCheck, Epoch, Result
from fcn_captcha.evaluation.tuning import Choice
from fcn_captcha.model.architectures import find_architecture
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.prediction import make_predict
from fcn_captcha.model.run_folder import Run
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.centre_files import write_centres
from fcn_captcha.training.checkpoint import read_checkpoint
from fcn_captcha.training.dataset import Dataset, make_dataset, make_few
from fcn_captcha.training.finished_reader import make_config, write_reader
from fcn_captcha.training.keeping import make_keep
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.settings import Settings, resume_settings

_TRAINING_SAMPLE = 500  # images of the training part that are read again, to compare with the test
_LOW = 0.5  # exact match on the training part: below it, causes are told again
_MEMORISING_EPOCHS = 12  # at most; ended as soon as all is read
_MOST_MEMORISED = 1000
_GOING_ON = "another training is going on there"

Callbacks = Sequence[keras.callbacks.Callback]


def train(settings: Settings, watch: Watch | None = None, callbacks: Callbacks = ()) -> Result:
    """Trains a reader and tests it.

    Args:
        settings: what to learn from, and how.
        watch: what to tell how it goes; a quiet one where None.
        callbacks: called as by Keras's ``fit``, see :func:`fcn_captcha.train.train`.

    Returns the result; the folder ``settings.out`` then holds what :class:`~fcn_captcha.model.run_folder.Run` names.

    Raises ``ValueError`` (of which :class:`~fcn_captcha.data.errors.DataError` is one) for settings or
    data that can't be trained on, ``FileExistsError`` where ``out`` exists. Nothing is written before then.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(settings.out))
    run.check_free(settings.overwrite)
    loop, causes = _prepare(settings, watch, callbacks)
    with hold(run.lock, _GOING_ON):
        run.check_free(settings.overwrite)  # nobody else began there meanwhile
        _begin(loop, run)
        return _finish(loop, run, _train(loop, run, watch), causes, watch)


def resume(given: dict[str, Any], watch: Watch | None = None, callbacks: Callbacks = ()) -> Result:
    """Goes on with a training that was killed, crashed or stopped, from the end of its last whole epoch.

    On a CPU, with a budget of images or epochs, it ends with the weights that it would have come to undisturbed.

    Args:
        given: settings that are stated again, such as ``out``, the run's folder; see
            :func:`~fcn_captcha.training.settings.resume_settings`.
        watch: what to tell how it goes; a quiet one where None.
        callbacks: as of :func:`train`; they are no part of the checkpoint.

    Raises ``ValueError`` where there is nothing to go on with, the checkpoint is damaged or another version's,
    or settings or data are not what they were; ``FileExistsError`` where another process trains there.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(given.get("out", Settings.out)))
    run.check_unfinished()
    with hold(run.lock, _GOING_ON):
        run.check_unfinished()  # nobody else finished it meanwhile
        loop, causes = _go_on(run, given, watch, callbacks)
        return _finish(loop, run, _train(loop, run, watch), causes, watch)


def advance(settings: Settings, epochs: int, watch: Watch | None = None) -> list[Epoch]:
    """Trains until so many epochs are whole, from where the run ``settings.out`` stands, and leaves it at that.

    Args:
        settings: of the whole training, which :func:`finish` ends; begun here where it was not yet.
        epochs: from the first on.
        watch: what to tell how it goes; a quiet one where None.

    Returns all its epochs, more where it had gone further before. Raises as :func:`train` and :func:`resume`.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(settings.out))
    with hold(run.lock, _GOING_ON):
        if run.settings.exists() and run.checkpoint.exists():
            loop, _ = _go_on(run, {"out": settings.out}, watch)
        else:
            loop, _ = _prepare(settings, watch)
            _begin(loop, run)
        if _train(loop, run, watch, epochs):
            raise KeyboardInterrupt
        return loop.history


def finish(settings: Settings, into: Path | str, watch: Watch | None = None) -> Result:
    """Ends a training that :func:`advance` took as far as it should go: its best network, tested.

    Args:
        settings: of the training; ``settings.out`` and its checkpoint stay.
        into: the folder that gets what :class:`~fcn_captcha.model.run_folder.Run` names; made where it is missing.

    Raises as :func:`resume`.
    """
    watch = watch or Watch(quiet=True)
    run = Run(Path(settings.out))
    with hold(run.lock, _GOING_ON):
        loop, causes = _go_on(run, {"out": settings.out}, watch)
        target = Run(Path(into))
        target.begin(_describe_settings(replace(settings, out=str(into)), loop), loop.dataset.parts)
        return _finish(loop, target, False, causes, watch)


def _prepare(settings: Settings, watch: Watch, callbacks: Callbacks = ()) -> tuple[Loop, list[str]]:
    """A loop ready to run, and what stands in the way of learning."""
    started = time.monotonic()
    dataset = make_dataset(settings, find_architecture(settings.architecture).stride)
    _say_dataset(dataset, settings, watch)
    causes = _find_causes(dataset)
    for cause in causes:
        watch.say(f"warning: {cause}")
    loop = Loop(dataset, settings, started, callbacks=callbacks)  # the last that may find fault with a setting
    if loop.chosen["devices"] != 1:
        watch.say(f"each batch is shared among {loop.chosen['devices']} devices")
    return loop, causes


def _begin(loop: Loop, run: Run) -> None:
    """The run's folder as it is before the first step."""
    # Of an earlier run: not to be taken for this one's.
    for old in (run.checkpoint, run.measures, run.history, *run.tensorboard.glob("*tfevents*")):
        old.unlink(missing_ok=True)
    run.begin(_describe_settings(loop.settings, loop), loop.dataset.parts)


def _go_on(run: Run, given: dict[str, Any], watch: Watch, callbacks: Callbacks = ()) -> tuple[Loop, list[str]]:
    """A loop that stands where the run's checkpoint has it, and what stands in the way of learning."""
    data, state = read_checkpoint(run.checkpoint)
    settings = resume_settings(run.read_settings(), {**given, "out": str(run.path)})
    loop, causes = _prepare(settings, watch, callbacks)
    if loop.dataset.describe() != data:
        raise DataError(_describe_change(settings, data, loop.dataset.describe()))
    loop.restore(state)
    shown = loop.history[-1].images if loop.history else 0
    watch.say(f"going on after epoch {len(loop.history)}, {shown:,} images")
    run.begin(_describe_settings(settings, loop), loop.dataset.parts)
    return loop, causes


def _describe_settings(settings: Settings, loop: Loop) -> dict[str, Any]:
    return {**settings.as_dict(), **loop.chosen, "versions": _find_versions()}


def _train(loop: Loop, run: Run, watch: Watch, epochs: int | None = None) -> bool:
    """From where the loop stands to the end, or to that of so many epochs, each of which is kept.

    Returns whether Ctrl-C ended it.
    """
    keep = make_keep(loop, run, _describe_settings(loop.settings, loop), watch)
    keep(loop.state())
    with watch:
        return loop.run(watch, epochs=epochs, keep=keep)


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
    return network, make_config(dataset, settings, choice.options), choice


def _finish(loop: Loop, run: Run, interrupted: bool, causes: list[str], watch: Watch) -> Result:
    """Writes the best network, and its report. The run's checkpoint stays if Ctrl-C ended the training."""
    result = _test(loop, run, interrupted, causes, watch)
    run.write_report(make_page(result))
    if loop.settings.save_centres:
        write_centres(loop.dataset, loop.settings.overwrite, watch)
    if not interrupted:
        run.checkpoint.unlink(missing_ok=True)
    return result


def _test(loop: Loop, run: Run, interrupted: bool, causes: list[str], watch: Watch) -> Result:
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
