"""What a training came to."""

from dataclasses import dataclass
from pathlib import Path

from fcn_captcha.data.samples import Sample
from fcn_captcha.evaluation.advice import Curve, find_verdict
from fcn_captcha.evaluation.metrics import Measures
from fcn_captcha.maps.decoding import Reading
from fcn_captcha.reading.reader import Reader


@dataclass(frozen=True)
class Epoch:
    """A row of ``history.csv``.

    ``exact`` and ``characters`` are on the validation part, where measured; ``waiting`` is the share
    of the epoch's time in which the network waited for images.
    """

    epoch: int
    seconds: float
    images: int
    learning_rate: float
    loss: float
    movement_px: float | None
    exact: float | None
    characters: float | None
    threshold: float | None
    waiting: float


@dataclass(frozen=True)
class Result:
    """What a training came to. ``measures`` are on the test part, which nothing was chosen on.

    Attributes:
        out: the run's folder.
        reader: reads as the model in ``out`` will.
        test: the test part, with ``readings`` in its order.
        training_measures: on images it was trained on, to compare.
        threshold_curve: (threshold, exact match on the validation part).
        interrupted: whether Ctrl-C ended it before its time.
        images: real images that it was trained on.
        causes: what is known to have stood in the way of learning, in sentences.
    """

    out: Path
    reader: Reader
    test: tuple[Sample, ...]
    readings: tuple[Reading, ...]
    measures: Measures
    training_measures: Measures
    threshold_curve: tuple[tuple[float, float], ...]
    history: tuple[Epoch, ...]
    seconds: float
    interrupted: bool
    images: int
    causes: tuple[str, ...] = ()

    @property
    def verdict(self) -> list[str]:
        """What it means, in sentences."""
        measured = [(e.images, 1 - e.characters) for e in self.history if e.characters is not None]
        curve = Curve([n for n, _ in measured], [error for _, error in measured])
        return find_verdict(self.measures, self.training_measures, self.images, curve, self.causes, self.interrupted)


@dataclass(frozen=True)
class DataCheck:
    """What memorising a few images showed: name, label and reading of those that could not be."""

    images: int
    seconds: float
    failures: tuple[tuple[str, str, str], ...]
