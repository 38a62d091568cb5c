"""What can be seen to stand in the way of learning, in sentences."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.maps.alignment import make_flat_start

_FAINT = 0.5  # ink never stronger than this: less contrast than a twentieth of the range
_MANY = 0.5  # of the images, so that a few odd ones are no cause
_LEAST_STRINGS = 8
_ALIGNMENTS = 10
_LOOKED_AT = 300  # images
_LEAST_PIECES = 200
_PIECE = (12, 20)  # width and height that all are brought to
_CLEARLY = 10.0  # standard deviations


def find_contrast_cause(inks: Sequence[npt.NDArray[np.floating]]) -> str | None:
    """Whether most images are blank once they are grey. ``inks`` are the network's inputs, in [0, 1]."""
    faint = sum(float(ink.max(initial=0)) < _FAINT for ink in inks)
    if not inks or faint < _MANY * len(inks):
        return None
    return f"{faint} of {len(inks)} images have next to no contrast in grey, so there is hardly anything to learn from."


def find_label_cause(texts: Sequence[str]) -> str | None:
    """Whether every string holds the same mark, or begins or ends alike, as names of files do but pictures seldom."""
    if len(set(texts)) < _LEAST_STRINGS:
        return None
    marks = [c for c in sorted(set.intersection(*map(set, texts))) if not c.isalnum()]
    if marks:
        return (
            f"Every label holds {marks[0]!r}, as in {texts[0]!r}: if the images don't show it, it belongs to the file "
            "names and not to the strings."
        )
    for word, end in (("begins", 1), ("ends", -1)):
        ends = {text[::end][:2] for text in texts}
        if len(ends) == 1:
            return f"Every label {word} with {ends.pop()[::end]!r}, as in {texts[0]!r}: is that in the images?"
    return None


def find_direction_cause(
    inks: Sequence[npt.NDArray[np.floating]], channels: Sequence[npt.NDArray[np.intp]]
) -> str | None:
    """Whether the strings run against the text.

    Cut where a flat start supposes the characters, pieces of one class look alike, if only a little.
    Where they look far more alike with all strings turned round, the strings were the wrong way.

    Args:
        inks: (height, width, channels) each, 0 where there is background.
        channels: the strings, from left to right.
    """
    pieces, given, turned = [], [], []
    for ink, string in zip(inks[:_LOOKED_AT], channels, strict=False):
        middle = (len(string) - 1) / 2
        for i, piece in enumerate(_cut_pieces(ink.max(axis=2), len(string))):
            if i != middle:  # the middle one says the same either way
                pieces.append(piece)
                given.append(int(string[i]))
                turned.append(int(string[len(string) - 1 - i]))
    if len(pieces) < _LEAST_PIECES:
        return None
    likeness, turned_likeness = _measure_likeness(np.array(pieces), np.array(given), np.array(turned))
    if turned_likeness < max(_CLEARLY, 2 * likeness):
        return None
    return (
        "The labels seem to run against the text: with all of them turned round, equal characters look alike "
        f"({turned_likeness:.0f} standard deviations above chance), as they are hardly ({likeness:.0f})."
    )


def _cut_pieces(ink: npt.NDArray[np.floating], length: int) -> list[npt.NDArray[np.float32]]:
    """What lies around each of the flat start's centres, all of one size."""
    centres = make_flat_start(ink, length)
    gap = float(np.diff(centres[:, 0]).mean()) if length > 1 else ink.shape[1]
    wide = max(1, round(1.2 * gap))
    high = max(1, round(0.6 * len(ink)))
    padded = np.pad(ink, ((high, high), (wide, wide))).astype(np.float32)
    pieces = []
    for x, y in np.rint(centres).astype(int):
        window = padded[y + high - high // 2 :, x + wide - wide // 2 :][:high, :wide]
        piece = cv2.GaussianBlur(cv2.resize(window, _PIECE, interpolation=cv2.INTER_AREA), (0, 0), 1)
        pieces.append(np.asarray(piece, dtype=np.float32).ravel())
    return pieces


def _measure_likeness(pieces: npt.NDArray[np.float32], *classes: npt.NDArray[np.intp]) -> list[float]:
    """How much of the variance of pieces (n, pixels) lies between classes, in standard deviations above chance."""
    pieces = (pieces - pieces.mean(axis=0)) / (pieces.std(axis=0) + 0.1)

    def between(labels: npt.NDArray[np.intp]) -> float:
        sums = np.zeros((labels.max() + 1, pieces.shape[1]))
        np.add.at(sums, labels, pieces)
        return float(((sums**2).sum(axis=1) / np.maximum(np.bincount(labels), 1)).sum())

    rng = np.random.default_rng(0)
    chance = [between(rng.permutation(classes[0])) for _ in range(20)]
    return [(between(labels) - float(np.mean(chance))) / max(float(np.std(chance)), 1e-9) for labels in classes]


def find_alignment_cause(alignments: int, best: float) -> str | None:
    """Whether many alignments led nowhere. ``best`` is the best exact match on the validation part so far."""
    if alignments < _ALIGNMENTS or best > 0:
        return None
    return (
        f"After {alignments} alignments no image is read rightly: the strings can't be found in the images. Do the "
        "labels belong to these images, in this order?"
    )
