"""The network that this work descends from: convolutions, a ReLU after each, two max-pools, nothing else.

As M. Vedenev describes it in "Deep learning neural networks easily recognize text captchas", Adam included.
"""

from typing import Any

from fcn_captcha.model.architectures.architecture import Architecture, Layers


def build(layers: Layers, ink: Any) -> Any:
    x = layers.pool(layers.convolve(ink, 16, 5, name="first_convolution"))
    x = layers.pool(layers.convolve(layers.convolve(x, 32, 3), 32, 5))
    for _ in range(4):
        x = layers.convolve(x, 64, 5)
    return layers.end_in_relu(x, 5)


CLASSIC = Architecture("classic", build, stride=4, squared_error=True, optimiser="adamw", learning_rate=1e-3)
