"""How far a training is, and its learning rate: pure functions of what was shown and what time it took."""

from dataclasses import dataclass
from math import cos, pi

from fcn_captcha.console.progress import format_seconds

_WARM_UP_STEPS = 100  # at most
_WARM_UP_SHARE = 0.1  # of the budget, at most
_LEAST_SHARE = 0.8  # of the seconds are for training, however long the last reading and the test take


@dataclass(frozen=True)
class Schedule:
    """A budget of images or of seconds, one of the two, and the rate that ends with it.

    Attributes:
        highest_rate: the learning rate after the warm-up.
        images: to show, repeats counted.
        seconds: from start to tested reader.
    """

    highest_rate: float
    images: int | None = None
    seconds: float | None = None

    def find_share(self, seen: int, first_step_s: float, now_s: float, reserved_s: float = 0.0) -> float:
        """The share of the budget that is spent: 0 at the first step, 1 at the end.

        Args:
            seen: images shown.
            first_step_s, now_s: when the first step began and what time it is, in seconds since the start.
            reserved_s: for what comes after the last step.
        """
        if self.images is not None:
            return min(1.0, seen / self.images)
        assert self.seconds is not None, "one of the two budgets is given"
        end = max(_LEAST_SHARE * self.seconds, self.seconds - reserved_s)
        return min(1.0, (now_s - first_step_s) / max(1e-3, end - first_step_s))

    def find_rate(self, steps: int, share: float) -> float:
        """The learning rate of the step after ``steps``: a linear warm-up, then half a cosine to zero."""
        warm = min(1.0, max((steps + 1) / _WARM_UP_STEPS, share / _WARM_UP_SHARE))
        return self.highest_rate * warm * (1 + cos(pi * share)) / 2

    def expect_images(self, speed: float, seen: int, now_s: float) -> int:
        """How many images the whole budget will show at ``speed`` images a second from now on."""
        if self.images is not None:
            return self.images
        assert self.seconds is not None, "one of the two budgets is given"
        return seen + max(0, round(speed * (self.seconds - now_s)))


def describe_speed(speed: float, images: int, usual: int) -> str:
    """What a machine makes of its budget, and which one would do where it makes too little.

    Args:
        speed: images a second.
        images: that the budget will show.
        usual: that a usual result takes.
    """
    line = f"this machine trains at {speed:.0f} images/s: {images:,} images in {format_seconds(images / speed)}"
    if images >= usual:
        return line
    would = format_seconds(usual / speed)
    return f"{line}, fewer than the {usual:,} of a usual result; --images {usual} would take {would}"
