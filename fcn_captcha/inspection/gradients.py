"""Gradients of a number read off a network's maps with respect to its input, on TensorFlow and on JAX."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

Arrays = npt.NDArray[np.float32]
Measure = Callable[..., Any]
"""From maps, input and further arrays, all of one batch, to numbers of shape (batch, terms), by ``keras.ops``."""
Gradient = Callable[..., tuple[Arrays, Arrays]]
"""From the input and the further arrays to the numbers, and to the gradient of their sum by the input."""


def make_gradient(network: "keras.Model", measure: Measure) -> Gradient:
    """A compiled function of the input and of ``measure``'s further arrays; the weights stay as they are.

    It gives float32 arrays: the terms (batch, terms), and the gradient of each image's sum of terms, of the
    input's shape. Raises ``ValueError`` on a backend other than TensorFlow or JAX.
    """
    import keras

    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax"):
        raise ValueError(f"KERAS_BACKEND: tensorflow or jax is needed for gradients, got {backend!r}")
    compiled = (_compile_tensorflow if backend == "tensorflow" else _compile_jax)(network, measure)

    def evaluate(*arrays: Arrays) -> tuple[Arrays, Arrays]:
        terms, gradient = compiled(*arrays)
        return np.asarray(terms, dtype=np.float32), np.asarray(gradient, dtype=np.float32)

    return evaluate


def _compile_tensorflow(network: "keras.Model", measure: Measure) -> Callable[..., Any]:
    import tensorflow as tf

    def compute(ink: Any, *arrays: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(ink)
            terms = measure(network(ink, training=False), ink, *arrays)
        return terms, tape.gradient(terms, ink)

    compiled: list[Any] = []

    def evaluate(*arrays: Arrays) -> Any:
        if not compiled:  # for arrays of any size: only the last axis is fixed
            shapes = [[None] * (a.ndim - 1) + [a.shape[-1] if a.ndim > 1 else None] for a in arrays]
            signature = [tf.TensorSpec(s, tf.float32) for s in shapes]
            compiled.append(tf.function(compute, input_signature=signature).get_concrete_function())
        return compiled[0](*[tf.convert_to_tensor(a, dtype=tf.float32) for a in arrays])

    return evaluate


def _compile_jax(network: "keras.Model", measure: Measure) -> Callable[..., Any]:
    import jax

    def compute(ink: Any, weights: Any, others: Any, *arrays: Any) -> Any:
        maps, _ = network.stateless_call(weights, others, ink, training=False)
        terms = measure(maps, ink, *arrays)
        return terms.sum(), terms

    compiled = jax.jit(jax.value_and_grad(compute, has_aux=True))

    def evaluate(ink: Arrays, *arrays: Arrays) -> Any:
        weights = [v.value for v in network.trainable_variables]
        others = [v.value for v in network.non_trainable_variables]
        (_, terms), gradient = compiled(ink, weights, others, *arrays)
        return terms, gradient

    return evaluate
