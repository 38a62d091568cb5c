"""Which pixels a character's map hangs on, by three known methods, to compare with saliency by minimising the input.

All explain one number, the mass of the character's own map in the cells of its bump. Sources: gradient, K. Simonyan
et al., "Deep inside convolutional networks", 2014; integrated gradients, M. Sundararajan et al., "Axiomatic
attribution for deep networks", 2017; Grad-CAM, R. Selvaraju et al., "Grad-CAM", 2017.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.inspection.gradients import make_gradient
from fcn_captcha.inspection.view import Case, iterate_groups

if TYPE_CHECKING:
    import keras

Attribution = npt.NDArray[np.float32]
"""(height, width), of the input; the larger, the more the character's map hangs on the pixel."""

_PATH_STEPS = 32


def find_gradients(network: "keras.Model", cases: Sequence[Case]) -> list[Attribution]:
    """The absolute gradient of the mass by each pixel."""
    gradient = make_gradient(network, measure_mass)

    def attribute(ink: Attribution, masks: Attribution) -> Attribution:
        slopes: Attribution = np.abs(gradient(ink, masks)[1]).sum(axis=3)
        return slopes

    return _attribute(cases, attribute)


def integrate_gradients(network: "keras.Model", cases: Sequence[Case]) -> list[Attribution]:
    """The pixel times the gradient's mean on the straight way from a blank input to the image: signed.

    Each adds up to the difference of the mass between both, but for the error of 32 steps.
    """
    gradient = make_gradient(network, measure_mass)

    def attribute(ink: Attribution, masks: Attribution) -> Attribution:
        ways = (np.arange(_PATH_STEPS, dtype=np.float32) + 0.5) / _PATH_STEPS
        total = np.zeros_like(ink)
        for way in ways:
            total += gradient(way * ink, masks)[1]
        summed: Attribution = (ink * total / _PATH_STEPS).sum(axis=3)
        return summed

    return _attribute(cases, attribute)


def find_grad_cam(network: "keras.Model", cases: Sequence[Case]) -> list[Attribution]:
    """What the last convolution takes, each channel weighted by its mean gradient, where positive."""
    import keras

    last = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)][-1]
    lower, upper = keras.Model(network.input, last.input), keras.Model(last.input, network.output)
    gradient = make_gradient(upper, measure_mass)

    def attribute(ink: Attribution, masks: Attribution) -> Attribution:
        features = np.asarray(lower.predict_on_batch(ink), dtype=np.float32)
        weights = gradient(features, masks)[1].mean(axis=(1, 2), keepdims=True)
        cells = np.maximum((features * weights).sum(axis=3), 0)
        size = ink.shape[2], ink.shape[1]
        return np.stack([cv2.resize(of_one, size, interpolation=cv2.INTER_LINEAR) for of_one in cells])

    return _attribute(cases, attribute)


def measure_mass(maps: Any, ink: Any, masks: Any) -> Any:
    """The sum of each map over the cells of ``masks``, (batch, 1): a measure to take the gradient of."""
    from keras import ops

    return ops.sum(maps * masks, axis=(1, 2, 3))[:, None]


def _attribute(
    cases: Sequence[Case], attribute: Callable[[Attribution, Attribution], Attribution]
) -> list[Attribution]:
    found: dict[int, Attribution] = {}
    for indices, group in iterate_groups(cases):
        ink = np.stack([view.ink for view, _ in group])
        found.update(zip(indices, attribute(ink, np.stack([v.make_mask(d) for v, d in group])), strict=True))
    return [found[i] for i in range(len(cases))]
