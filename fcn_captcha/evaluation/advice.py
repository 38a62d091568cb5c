"""What the figures of a training mean, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fcn_captcha.evaluation.metrics import Measures

# Each doubling of the images took about this share of the errors that more images can mend: 6 of 94
# with 50 images of the "captcha version 2" set, 1 with 743 (the learning curve in the README).
DOUBLING = 0.4
_RARE = 10
_LEAST_GAIN = 0.01  # of exact match; less is not worth training longer for


@dataclass(frozen=True)
class Curve:
    """How reading got better while training: images shown so far, and the share of characters misread."""

    images: Sequence[int]
    errors: Sequence[float]

    def at_half(self) -> float | None:
        """The share misread when half of the images had been shown; None where it was not measured by then."""
        if len(self.images) < 2 or self.images[0] > self.images[-1] / 2:
            return None
        return float(np.interp(self.images[-1] / 2, self.images, self.errors))

    def expect_gain(self, wrong: float) -> float | None:
        """By how much twice the images would raise an exact match of 1 - ``wrong``, if the second half's pace held."""
        half = self.at_half()
        if half is None:
            return None
        return wrong * (1 - min(1.0, self.errors[-1] / max(half, 1e-9)))


def find_verdict(
    test: Measures,
    training: Measures,
    images: int,
    curve: Curve | None = None,
    causes: Sequence[str] = (),
    interrupted: bool = False,
) -> list[str]:
    """Sentences, the most important first.

    Args:
        test: measures on the test part.
        training: the same on images that were trained on.
        images: how many real images there were to train on, 0 if all were generated.
        curve: how reading got better, by images shown.
        causes: what is known to stand in the way of learning, in sentences.
        interrupted: whether the training was stopped before its budget was spent.
    """
    low, high = test.exact.interval
    lines = [*causes, _find_main(test, training, images, curve, bool(causes), interrupted)]
    if high - low > 0.1:
        lines.append(
            f"The test part is small: with {test.exact.count} images the true exact match may lie anywhere "
            f"from {_percent(low)} to {_percent(high)}."
        )
    worst = [c for c in test.confusions if c.times > 1][:3]
    if worst:
        lines.append("Most confused: " + ", ".join(describe_confusion(c.truth, c.read, c.times) for c in worst) + ".")
    rare = [c for c, share in training.by_character.items() if share.count < _RARE]
    if rare and images:
        shown = " ".join(rare[:20]) + (" ..." if len(rare) > 20 else "")
        lines.append(f"Seen fewer than {_RARE} times in training, so hardly learnt: {shown}.")
    return lines


def _find_main(
    test: Measures, training: Measures, images: int, curve: Curve | None, explained: bool, interrupted: bool
) -> str:
    both = f"Training ({_percent(training.exact.value)}) and test ({_percent(test.exact.value)})"
    gap = training.exact.value - test.exact.value
    told_apart = training.exact.value > test.exact.interval[1]
    if images and told_apart and gap > max(0.02, 0.1 if training.exact.value < 0.9 else 0):
        return (
            f"{both} are far apart: too little data. The next doubling, from {images} to {2 * images} images, is "
            f"likely to bring about {_points(100 * gap * DOUBLING)}."
        )
    gain = curve.expect_gain(1 - test.exact.value) if curve else None
    if curve and gain is not None and gain >= (_LEAST_GAIN if images else _LEAST_GAIN / 2):
        return f"Train longer: {_describe_pace(curve, gain)}."
    if interrupted:
        return "Train longer: it was stopped before its time."
    if training.exact.value < 0.9:
        if explained:
            return f"{both} are alike and low; mend that first, then train anew."
        if gain is None:
            return f"{both} are alike and low, after too short a training to say why. Train longer first."
        return (
            f"{both} are alike and low, and more of the same would bring little; the cause is not known. A larger "
            "network or a larger receptive field may read more, or the labels are not what the images say: "
            "--overfit 16 shows whether a few can be learnt at all."
        )
    if not images:
        return f"{both} are alike: trained to the end of what these drawn images have to teach this network."
    return f"{both} are alike: the data suffice, more images would bring little."


def _describe_pace(curve: Curve, gain: float) -> str:
    return (
        f"after {curve.images[-1] // 2:,} images {_percent(curve.at_half() or 0.0)} of the characters were misread, "
        f"after {curve.images[-1]:,} {_percent(curve.errors[-1])}; at that pace twice the images would bring up to "
        f"{_points(100 * gain)} of exact match"
    )


def describe_confusion(truth: str, read: str, times: int) -> str:
    """'0 read as O, 14 times'."""
    often = "once" if times == 1 else f"{times} times"
    if not truth:
        return f"{read} invented, {often}"
    return f"{truth} {'missed' if not read else f'read as {read}'}, {often}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(points: float) -> str:
    return f"{points:.1f} points" if points < 1 else f"{points:.0f} point{'s' if round(points) != 1 else ''}"
