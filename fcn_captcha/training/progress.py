"""How far a training is, and whether it gets anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fcn_captcha.console.progress import format_seconds
from fcn_captcha.evaluation.result import Epoch
from fcn_captcha.training.schedule import Schedule
from fcn_captcha.training.settings import DEFAULT_MINUTES, Settings

_MOST_ATTEMPTS = 3
_SLOWER = 3.0  # by which the learning rate of each attempt is lower than that of the one before
_SEEDS_APART = 1_000_000  # of an attempt from that of the one before
_STUCK_IMAGES, _STUCK_SHARE = 6000, 0.25  # shown, and of the budget, until an attempt that reads nothing is given up
_STUCK = 0.05  # of the characters read, at most


class DivergedError(ValueError):
    """The loss is no number any more."""


@dataclass
class Progress:
    """What was done so far; seconds since the training began."""

    steps: int = 0
    images: int = 0
    first_step_s: float = 0.0
    timed_from: tuple[float, int] = (0.0, 0)  # seconds and images, when the first steps were over
    waited_s: float = 0.0  # for images, in this epoch
    validation_s: float = 0.0  # all of it
    last_validation_s: float = 0.0
    drawn: int = 0  # of the generator's stream, up to the end of this epoch
    losses: list[float] = field(default_factory=list)  # of this epoch's steps
    attempts: int = 0  # given up before this one
    steps_before: int = 0  # of those
    images_before: int = 0

    def give_up(self, now_s: float) -> bool:
        """Begins another attempt; False where there were enough."""
        if self.attempts + 1 >= _MOST_ATTEMPTS:
            return False
        self.attempts += 1
        self.images_before, self.steps_before, self.first_step_s = self.images, self.steps, now_s
        return True

    def find_seed(self, seed: int) -> int:
        """Of this attempt's weights, where ``seed`` is the training's."""
        return seed + _SEEDS_APART * self.attempts

    def make_schedule(self, settings: Settings, epoch_images: int, rate: float) -> Schedule:
        """Of what the attempts before left of the budget; ``rate`` is the first one's."""
        rate /= _SLOWER**self.attempts
        images = settings.images if settings.epochs is None else settings.epochs * epoch_images
        if images is None:
            return Schedule(rate, seconds=60 * (settings.minutes or DEFAULT_MINUTES))
        return Schedule(rate, images=images - self.images_before)


def is_stuck(done: Progress, history: Sequence[Epoch], share: float) -> bool:
    """Whether the present attempt has read next to nothing for so long that another may do better.

    ``share`` of the budget that it has is spent.
    """
    read = [e.characters for e in history if e.images > done.images_before and e.characters is not None]
    long = done.images - done.images_before >= _STUCK_IMAGES and _STUCK_SHARE <= share < 1
    return long and bool(read) and max(read) < _STUCK


def describe_progress(done: Progress, history: Sequence[Epoch], share: float, now_s: float, validated: int) -> str:
    """A line: the epoch, its loss, the last exact match, speed and time that is left.

    ``share`` of the budget is spent, ``now_s`` since the training began; ``validated`` images are in that part.
    """
    trained_s = now_s - done.first_step_s
    measured = [e.exact for e in history if e.exact is not None]
    shown = done.images - done.images_before
    parts = [
        f"epoch {len(history) + 1}",
        f"loss {np.mean(done.losses[-50:]):.2f}",
        f"exact match {100 * measured[-1]:.1f} % of {validated}" if measured else "",
        f"{shown / max(1e-3, trained_s):.0f} images/s",
        f"{format_seconds(trained_s * (1 - share) / share)} left" if share > 0.01 else "",
    ]
    return "  ".join(part for part in parts if part)
