"""How good attributions of a character are, whatever made them.

Deletion and insertion: V. Petsiuk et al., "RISE", 2018, with the pixels that hold ink only, as taking away blank
paper changes nothing. Pointing game: J. Zhang et al., "Top-down neural attention by excitation backprop", 2016.
Sanity check: J. Adebayo et al., "Sanity checks for saliency maps", 2018.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from fcn_captcha.inspection.attribution import Attribution
from fcn_captcha.inspection.view import Case, iterate_groups

if TYPE_CHECKING:
    import keras

Curve = npt.NDArray[np.float64]

# Of the inked pixels; finer at the start, as a network may lose a character with the first few pixels.
SHARES = (0, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 0.9, 1)
_LEAST_INK = 0.05  # of a pixel that holds any


def measure_curves(
    network: "keras.Model", cases: Sequence[Case], attributions: Sequence[Attribution], insertion: bool = False
) -> Curve:
    """The character's mass as its image is taken away, or put on blank paper, the pixels that count most first.

    Returns (characters, 19), after each of :data:`SHARES` of the inked pixels, as a share of the whole image's.
    """
    curves = np.zeros((len(cases), len(SHARES)))
    for indices, group in iterate_groups(cases):
        ink = np.stack([view.ink for view, _ in group])
        masks = np.stack([view.make_mask(detection) for view, detection in group])
        places = np.stack([rank_pixels(attributions[i], view.ink) for i, (view, _) in zip(indices, group, strict=True)])
        for step, share in enumerate(SHARES):
            kept = (places < share) == insertion
            maps = np.asarray(network.predict_on_batch(ink * kept[..., None]), dtype=np.float64)
            curves[indices, step] = (maps * masks).sum(axis=(1, 2, 3))
    whole = curves[:, -1 if insertion else 0]
    shares: Curve = curves / whole[:, None]
    return shares


def measure_area(curves: Curve) -> Curve:
    """The area under each of the curves, (characters,): 0.5 is that of a straight line from 1 to 0."""
    areas: Curve = np.asarray(np.trapezoid(curves, SHARES, axis=1))
    return areas


def rank_pixels(attribution: Attribution, ink: Attribution) -> npt.NDArray[np.float64]:
    """The place of each inked pixel in [0, 1), the one that counts most first; what holds no ink is at 1.

    Ties are broken by chance, the same at each call.
    """
    inked = np.flatnonzero(ink.max(axis=2) >= _LEAST_INK)
    values = attribution.ravel()[inked]
    chance = np.random.default_rng(0).random(len(inked))
    places = np.ones(attribution.size)
    places[inked[np.lexsort((chance, -values))]] = np.arange(len(inked)) / max(1, len(inked))
    return places.reshape(attribution.shape)


def make_box_mask(case: Case, box: npt.ArrayLike, grown_px: float = 4.0) -> npt.NDArray[np.bool_]:
    """Which pixels of the input have their middle in a box of the image, grown by so much to each side.

    ``box`` holds left, top, right and bottom edges in pixels of the image as given, ``grown_px`` is in pixels of the
    input.
    """
    view = case[0]
    (left, top), (right, bottom) = view.to_ink.apply(np.reshape(box, (2, 2)))
    y, x = np.mgrid[: view.ink.shape[0], : view.ink.shape[1]]
    across = (x > left - grown_px) & (x < right + grown_px)
    inside: npt.NDArray[np.bool_] = across & (y > top - grown_px) & (y < bottom + grown_px)
    return inside


def measure_share_inside(attribution: Attribution, inside: npt.NDArray[np.bool_]) -> float:
    """Which share of all that is positive lies inside; 0 where nothing is."""
    positive = np.maximum(attribution, 0)
    return float(positive[inside].sum() / max(float(positive.sum()), 1e-12))


def is_pointing_inside(attribution: Attribution, inside: npt.NDArray[np.bool_]) -> float:
    """The share of the pixels of the largest value that lie inside: 1 or 0 where one alone has it."""
    return float(inside[attribution == attribution.max()].mean())


def measure_likeness(one: Attribution, other: Attribution) -> float:
    """Spearman's rank correlation over all pixels; 0 where one of both is the same everywhere."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(spearmanr(one.ravel(), other.ravel()).statistic)


def randomise(network: "keras.Model", seed: int = 0) -> "keras.Model":
    """A copy whose every array of weights is shuffled, so that it has learnt nothing but their sizes."""
    import keras

    rng = np.random.default_rng(seed)
    copy = keras.models.clone_model(network)
    copy.set_weights([rng.permuted(w) for w in network.get_weights()])
    return copy
