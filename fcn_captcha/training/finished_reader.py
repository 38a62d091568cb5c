"""From a trained network to the reader that users get: as ONNX, in integers where that costs nothing, calibrated."""

from collections.abc import Sequence
from dataclasses import replace

import keras

from fcn_captcha.console.progress import Watch
from fcn_captcha.data.samples import Sample
from fcn_captcha.evaluation.calibrating import fit_calibration
from fcn_captcha.evaluation.metrics import measure
from fcn_captcha.maps.decoding import DecodingOptions, Reading
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.model_file import write_model
from fcn_captcha.model.onnx_file import OnnxPredict, make_onnx, write_onnx
from fcn_captcha.model.onnx_integers import quantise
from fcn_captcha.model.prediction import Predict, make_predict
from fcn_captcha.model.run_folder import Run
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.dataset import Dataset
from fcn_captcha.training.settings import Settings

_COMPARED = 500  # images that both networks read
_LOOKED_AT = 100  # images that tell how large values become
_COST = 0.001  # of exact match, that integers may take at the most


def make_config(dataset: Dataset, settings: Settings, options: DecodingOptions) -> ModelConfig:
    """What a reader needs beside a network that was trained on these data; not calibrated."""
    return ModelConfig(
        dataset.alphabet,
        dataset.preprocess,
        options.threshold,
        options.spacing_cells,
        dataset.stride,
        settings.architecture,
        settings.sigmas_cells,
    )


def write_reader(
    run: Run,
    network: keras.Model,
    config: ModelConfig,
    training: Sequence[Sample],
    validation: Sequence[Sample],
    watch: Watch,
) -> Reader:
    """Writes the models of a run, and returns the reader that loads from it.

    Args:
        config: not calibrated yet.
        training: images by which floats and integers are compared, too, where the validation part is small.
    """
    compared = [*validation, *training][:_COMPARED]
    try:
        content = make_onnx(network, config)
    except ValueError as error:  # an architecture of one's own may have layers that are not known there
        watch.say(f"warning: {error}; reading goes on with {run.model}")
        predict: Predict = make_predict(network)
        readings = _read(predict, config, compared)
    else:
        content, readings = _choose(content, config, compared)
        predict = OnnxPredict(content)
    known = validation[:_COMPARED]
    calibration = fit_calibration([s.text for s in known], readings[: len(known)])
    config = replace(config, calibration=calibration)
    write_model(run.model, network, config)
    if isinstance(predict, OnnxPredict):
        write_onnx(run.onnx, content, config)
    return Reader(predict, config)


def _choose(content: bytes, config: ModelConfig, compared: Sequence[Sample]) -> tuple[bytes, list[Reading]]:
    """The network in integers where they read as well, else as it is; and what it reads."""
    inks = [config.preprocess.apply(s.image)[0] for s in compared[:_LOOKED_AT]]
    integers = quantise(content, inks, config.stride)
    texts = [s.text for s in compared]
    by_floats, by_integers = (_read(OnnxPredict(c), config, compared) for c in (content, integers))
    exact = [measure(texts, [r.text for r in found]).exact.value for found in (by_floats, by_integers)]
    return (integers, by_integers) if exact[1] >= exact[0] - _COST else (content, by_floats)


def _read(predict: Predict, config: ModelConfig, samples: Sequence[Sample]) -> list[Reading]:
    return list(Reader(predict, config).read_many(s.image for s in samples))
