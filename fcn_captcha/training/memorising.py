"""Whether a few images can be learnt at all: a check of the data before a training."""

import time
from dataclasses import replace

from fcn_captcha.console.progress import Watch
from fcn_captcha.evaluation.result import DataCheck
from fcn_captcha.model.architectures import find_architecture
from fcn_captcha.model.prediction import make_predict
from fcn_captcha.reading.reader import Reader
from fcn_captcha.training.dataset import make_few
from fcn_captcha.training.finishing import choose_best
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.opening import say_dataset
from fcn_captcha.training.settings import Settings

_MEMORISING_EPOCHS = 12  # at most; ended as soon as all is read
_MOST_MEMORISED = 1000


def memorise(settings: Settings, count: int, watch: Watch | None = None) -> DataCheck:
    """Whether a few images can be learnt at all: their text is where it is looked for, and the labels tell it.

    It can't tell wrong labels from right ones: a network memorises both, unless two contradict each other.

    Args:
        settings: as of :func:`~fcn_captcha.training.job.train`. It ends when all are read rightly, or with its
            budget, twelve epochs where none is given.
        count: how many images, the first of the data.

    Raises ``ValueError`` as :func:`~fcn_captcha.training.job.train` does, and where there is no data.
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
    say_dataset(dataset, settings, watch, memorise=True)
    # A few images can be memorised anywhere, so the flat start will do, and alignment would drift.
    loop = Loop(dataset, settings, started, align=False)
    with watch:
        loop.run(watch, until_perfect=True)
    samples = dataset.parts.validation
    network, config, _ = choose_best(loop)
    readings = Reader(make_predict(network), config).read_many(s.image for s in samples)
    failures = [(s.name, s.text, r.text) for s, r in zip(samples, readings, strict=True) if s.text != r.text]
    return DataCheck(len(samples), loop.seconds, tuple(failures))
