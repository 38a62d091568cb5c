"""A network with every kind of layer that the default one has, and few of each: quick to trace and to compile."""

from typing import Any

from fcn_captcha.model.architectures.architecture import Architecture, Layers


def build(layers: Layers, ink: Any) -> Any:
    x = layers.pool(layers.convolve(ink, 8, 3, name="first_convolution"))
    x = layers.pool(layers.convolve(x, 16, 3))
    return layers.end_in_sigmoid(layers.add_pair(x, 16, dilation=2), 3)


SMALL = Architecture("small", build, stride=4, squared_error=False, optimiser="muon", learning_rate=6e-3)
