"""All convolutions 3×3, three residual pairs at the output's resolution: the default before :mod:`dilated`."""

from typing import Any

from fcn_captcha.model.architectures.architecture import Architecture, Layers


def build(layers: Layers, ink: Any) -> Any:
    x = layers.pool(layers.convolve(ink, 16, 3, name="first_convolution"))
    x = layers.pool(layers.convolve(layers.convolve(x, 32, 3), 32, 3))
    x = layers.convolve(x, 64, 3)
    for _ in range(3):
        x = layers.add_pair(x, 64)
    return layers.end_in_sigmoid(x, 1)


RESIDUAL = Architecture("residual", build, stride=4, squared_error=False, optimiser="muon", learning_rate=3e-3)
