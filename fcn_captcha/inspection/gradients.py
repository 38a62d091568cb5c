"""The gradient of chosen cells of the centre maps by the input, on whichever backend Keras runs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Gradient = Callable[[Array, Array], Array]
"""(batch, height, width, channels) of ink and (batch, rows, columns, alphabet) of weights, to the gradient of the
sum of weights times maps by the ink, of the ink's shape."""


def make_gradient(network: keras.Model) -> Gradient:
    """That function of a network. Raises ``ValueError`` on a backend other than TensorFlow and JAX."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _make_tensorflow(network)
    if backend == "jax":
        return _make_jax(network)
    raise ValueError(f"backend: gradients are taken on tensorflow or jax, got {backend!r}")


def _make_tensorflow(network: keras.Model) -> Gradient:
    import tensorflow as tf

    def gradient(ink: Array, weights: Array) -> Array:
        begin = tf.constant(ink, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(begin)
            total = tf.reduce_sum(network(begin, training=False) * weights)
        return np.asarray(tape.gradient(total, begin), dtype=np.float32)

    return gradient


def _make_jax(network: keras.Model) -> Gradient:
    import jax

    trained = [variable.value for variable in network.trainable_variables]
    fixed = [variable.value for variable in network.non_trainable_variables]

    def total(ink: Any, weights: Any) -> Any:
        maps, _ = network.stateless_call(trained, fixed, ink, training=False)
        return (maps * weights).sum()

    differentiate = jax.jit(jax.grad(total))
    return lambda ink, weights: np.asarray(differentiate(ink, weights), dtype=np.float32)
