"""The least ink for which a network still sees one character: saliency by minimising the input.

After M. Vedenev, "Deep learning neural networks easily recognize text captchas": of all the maps y0 of an
image only one character's is kept, and c·‖x‖² + ‖y(x) − y0‖² is minimised over the input x by gradient
descent, from the image itself, the weights constant. What remains of the ink is what the character needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.inspection.gradients import Gradient, make_gradient
from fcn_captcha.inspection.minimisation import Minimisation
from fcn_captcha.inspection.view import Case, iterate_groups

if TYPE_CHECKING:
    import keras

Arrays = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Saliency:
    """What remains of the input for one character.

    Attributes:
        ink: the optimised input, (height, width, channels), in [0, 1].
        target: y0, (rows, columns, alphabet).
        maps: y of the optimised input.
        ink_curve, map_curve: c·‖x‖² and ‖y(x) − y0‖² before each step and at the end.
    """

    ink: Arrays = field(repr=False)
    target: Arrays = field(repr=False)
    maps: Arrays = field(repr=False)
    ink_curve: Arrays = field(repr=False)
    map_curve: Arrays = field(repr=False)

    @property
    def kept(self) -> float:
        """Which share of the character's map is still there: the mass of ``maps`` where the target has any."""
        return float(self.maps[self.target > 0].sum() / self.target.sum())


def minimise(network: "keras.Model", cases: Sequence[Case], settings: Minimisation = Minimisation()) -> list[Saliency]:
    """The least ink for each character, in order; those of inputs of one size are optimised together."""
    gradient = make_gradient(network, _make_measure(settings.weight))
    found: dict[int, Saliency] = {}
    for indices, group in iterate_groups(cases):
        found.update(zip(indices, _minimise_batch(network, gradient, group, settings), strict=True))
    return [found[i] for i in range(len(cases))]


def _make_measure(weight: float) -> Any:
    from keras import ops

    def measure(maps: Any, ink: Any, target: Any) -> Any:
        axes = (1, 2, 3)
        return ops.stack([weight * ops.sum(ops.square(ink), axes), ops.sum(ops.square(maps - target), axes)], axis=1)

    return measure


def _minimise_batch(
    network: "keras.Model", gradient: Gradient, cases: Sequence[Case], settings: Minimisation
) -> list[Saliency]:
    ink = np.stack([view.ink for view, _ in cases])
    target = np.stack([view.maps * view.make_mask(detection) for view, detection in cases])
    mean, square = np.zeros_like(ink), np.zeros_like(ink)
    curves = []
    for step in range(settings.steps):
        terms, slope = gradient(ink, target)
        curves.append(terms)
        if _has_ended(curves, settings.tolerance):
            break
        mean += 0.1 * (slope - mean)
        square += 0.05 * (slope**2 - square)
        grown = mean / (1 - 0.9 ** (step + 1)), square / (1 - 0.95 ** (step + 1))  # as both start at 0
        ink = ink - settings.rate * settings.decay**step * grown[0] / (np.sqrt(grown[1]) + 1e-8)
        ink = np.clip(ink, 0, 1)
    else:
        curves.append(gradient(ink, target)[0])
    maps = np.asarray(network.predict_on_batch(ink), dtype=np.float32)
    by_case = np.stack(curves, axis=-1)
    return [Saliency(ink[i], target[i], maps[i], by_case[i, 0], by_case[i, 1]) for i in range(len(cases))]


def _has_ended(curves: list[Arrays], tolerance: float) -> bool:
    if len(curves) <= 10:
        return False
    sums = np.stack(curves[-11:]).sum(axis=2)  # a row for each step
    return bool((np.ptp(sums, axis=0) < tolerance * sums[-1]).all())
