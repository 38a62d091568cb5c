"""The default: all convolutions 3×3, three residual pairs at the output's resolution, the middle one dilated.

F. Yu and V. Koltun, "Multi-scale context aggregation by dilated convolutions", 2016.
"""

from typing import Any

from fcn_captcha.model.architectures.architecture import Architecture, Layers


def build(layers: Layers, ink: Any) -> Any:
    x = layers.pool(layers.convolve(ink, 16, 3, name="first_convolution"))
    x = layers.pool(layers.convolve(x, 32, 3))
    x = layers.convolve(x, 64, 3)
    for dilation in (1, 2, 1):
        x = layers.add_pair(x, 64, dilation)
    return layers.end_in_sigmoid(x, 1)


DILATED = Architecture("dilated", build, stride=4, squared_error=False, optimiser="muon", learning_rate=6e-3)
