"""What a training may have come to, without one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.data.samples import Sample
from fcn_captcha.evaluation.metrics import measure
from fcn_captcha.evaluation.result import Epoch, Result
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import Reading
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.reading.reader import Reader


def make_epoch(number: int, characters: float | None = 0.6) -> Epoch:
    """Of a thousand images and a second; measured on the validation part unless ``characters`` is None."""
    exact = None if characters is None else characters / 2
    return Epoch(number, float(number), 1000 * number, 1e-3, 1 / number, None, exact, characters, 0.4, 0.0)


def make_result(
    truths: Sequence[str],
    readings: Sequence[str],
    name: str = "a.png",
    history: Sequence[Epoch] = (make_epoch(1), make_epoch(2)),
    interrupted: bool = False,
    causes: tuple[str, ...] = (),
) -> Result:
    """Of blank images of this name, with a reader that reads nothing; on the training part it was perfect."""
    config = ModelConfig(Alphabet.from_texts(truths), Preprocess(), 0.4, 2.0, 4, "residual")
    return Result(
        out=Path("run"),
        reader=Reader(lambda x: np.zeros((*x[:, ::4, ::4, 0].shape, len(config.alphabet)), np.float32), config),
        test=tuple(Sample(name, np.full((20, 60, 3), 255, np.uint8), text) for text in truths),
        readings=tuple(Reading(text, 0.5, ()) for text in readings),
        measures=measure(truths, readings),
        training_measures=measure(truths, truths),
        threshold_curve=((0.3, 0.5), (0.4, 0.6)),
        history=tuple(history),
        seconds=9.0,
        interrupted=interrupted,
        images=len(truths),
        causes=causes,
    )
