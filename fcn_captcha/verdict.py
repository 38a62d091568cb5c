"""What the figures of a training mean, in words."""

from fcn_captcha.metrics import Measures

# Each doubling of the images took about this share of the errors that more images can mend: 6 of 94
# with 50 images of the "captcha version 2" set, 1 with 743 (the learning curve in the README).
DOUBLING = 0.4
_RARE = 10


def find_verdict(test: Measures, training: Measures, images: int) -> list[str]:
    """Sentences, the most important first.

    Args:
        test: measures on the test part.
        training: the same on images that were trained on.
        images: how many real images there were to train on, 0 if all were generated.
    """
    low, high = test.exact.interval
    gap = training.exact.value - test.exact.value
    told_apart = training.exact.value > high
    lines = []
    if training.exact.value < 0.9 and not (told_apart and gap > 0.1):
        lines.append(
            f"Training ({_percent(training.exact.value)}) and test ({_percent(test.exact.value)}) are alike and low: "
            "too few minutes, too small a network, or too small a receptive field. Try twice the minutes first."
        )
    elif told_apart and gap > 0.02 and images:
        gain = gap * DOUBLING
        lines.append(
            f"Training ({_percent(training.exact.value)}) is above test ({_percent(test.exact.value)}): too little "
            f"data. The next doubling, from {images} to {2 * images} images, is likely to bring about "
            f"{100 * gain:.0f} point{'s' if round(100 * gain) != 1 else ''}."
        )
    else:
        lines.append(
            f"Test ({_percent(test.exact.value)}) keeps up with training ({_percent(training.exact.value)}): "
            "the data suffice, more images would bring little."
        )
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


def describe_confusion(truth: str, read: str, times: int) -> str:
    """'0 read as O, 14 times'."""
    often = "once" if times == 1 else f"{times} times"
    if not truth:
        return f"{read} invented, {often}"
    return f"{truth} {'missed' if not read else f'read as {read}'}, {often}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
