"""The end of a training: its best network is written, tested the way a user will read with it, and reported."""

import keras
import numpy as np

from fcn_captcha.console.progress import Watch
from fcn_captcha.data.samples import Sample
from fcn_captcha.evaluation.causes import find_alignment_cause
from fcn_captcha.evaluation.metrics import Measures, measure
from fcn_captcha.evaluation.report import make_page
from fcn_captcha.evaluation.result import Result
from fcn_captcha.evaluation.tuning import Choice
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.run_folder import Run
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.centre_files import write_centres
from fcn_captcha.training.finished_reader import make_config, write_reader
from fcn_captcha.training.loop import Loop

_TRAINING_SAMPLE = 500  # images of the training part that are read again, to compare with the test
_LOW = 0.5  # exact match on the training part: below it, causes are told again


def choose_best(loop: Loop) -> tuple[keras.Model, ModelConfig, Choice]:
    """The best network in float32, with the options that are best on the validation part."""
    dataset, settings = loop.dataset, loop.settings
    network = loop.make_best()
    choice = loop.validation.choose(network)
    return network, make_config(dataset, settings, choice.options), choice


def finish_training(loop: Loop, run: Run, interrupted: bool, causes: list[str], watch: Watch) -> Result:
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
    network, config, choice = choose_best(loop)
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
