"""Networks with fresh weights, of any architecture. Keras 3, any backend."""

import keras

from fcn_captcha.model.architectures import find_architecture
from fcn_captcha.model.architectures.architecture import Layers

PRECISIONS = ("float32", "bfloat16")


def make_network(
    architecture: str, channels: int, classes: int, precision: str = "float32", seed: int = 0
) -> keras.Model:
    """A network with fresh weights.

    Args:
        architecture: a name in :data:`~fcn_captcha.model.architectures.ARCHITECTURES`.
        channels: of the input.
        classes: characters of the alphabet, one centre map each.
        precision: 'bfloat16' computes all but the last layer in it; weights stay float32.
        seed: of the weights.

    Raises ``ValueError`` for an unknown architecture or precision.
    """
    found = find_architecture(architecture)
    if precision not in PRECISIONS:
        raise ValueError(f"precision: one of {', '.join(PRECISIONS)} is needed, got {precision!r}")
    policy = keras.DTypePolicy("float32" if precision == "float32" else "mixed_bfloat16")
    ink = keras.Input((None, None, channels), name="ink")
    return keras.Model(ink, found.build(Layers(classes, policy, seed), ink), name=architecture)
