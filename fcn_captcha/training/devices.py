"""Several GPUs of one machine: each batch is shared among them, and the step is that of the whole batch.

TensorFlow's ``MirroredStrategy`` and Keras's ``train_on_batch`` on it give every device the whole batch and clip and
decay on each for itself. Here, on TensorFlow, the weights lie on the first device; each device computes its
images' part of the loss and its gradient, and the optimiser takes one step on the sum. On JAX it is Keras's
``DataParallel``.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Step = Callable[[Array, Array], float]
"""Ink and centre maps of a batch, as of :func:`~fcn_captcha.training.batches.make_batch`, to its loss."""


@dataclass(frozen=True)
class Devices:
    """The devices that share a training's batches.

    Attributes:
        names: of each, as the backend calls it.
        scope: where a network and its optimiser must be made.
        make_step: a compiled network's training step.
    """

    names: tuple[str, ...]
    scope: Callable[[], AbstractContextManager[Any]]
    make_step: Callable[[keras.Model], Step]


def find_devices(count: int | None = None) -> Devices:
    """The first ``count`` GPUs, all there are where it is None; the CPU where there is no GPU.

    Raises ``ValueError`` where there are fewer.
    """
    backend = keras.backend.backend()
    found = _list_devices(backend)
    names = found[: count or len(found)]
    if count is not None and not 1 <= count <= len(found):
        raise ValueError(f"devices: it must lie in 1 to {len(found)}, the devices that {backend} finds, got {count}")
    if len(names) == 1:
        return Devices(names, nullcontext, lambda network: network.train_on_batch)
    if backend == "tensorflow":
        return Devices(names, nullcontext, lambda network: _make_tensorflow_step(network, names))
    scope = keras.distribution.DataParallel(devices=list(names), auto_shard_dataset=False).scope
    return Devices(names, scope, lambda network: _make_jax_step(network, len(names), scope))


def _list_devices(backend: str) -> tuple[str, ...]:
    if backend == "jax":
        return tuple(keras.distribution.list_devices())
    if backend == "tensorflow":
        import tensorflow

        kinds = (tensorflow.config.list_logical_devices(kind) for kind in ("GPU", "CPU"))
        return tuple(device.name for device in next(filter(None, kinds)))
    return ("the only one",)


def _make_tensorflow_step(network: keras.Model, names: tuple[str, ...]) -> Step:
    import tensorflow as tf

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(parts: list[tuple[Any, Any]], images: Any) -> Any:
        variables = network.trainable_variables
        losses, gradients = [], []
        for name, (ink, maps) in zip(names, parts, strict=False):  # of a small batch there are fewer parts
            with tf.device(name):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(network.loss.call(maps, network(ink, training=True))) / images
                gradients.append(tape.gradient(loss, [variable.value for variable in variables]))
                losses.append(loss)
        with tf.device(names[0]):
            network.optimizer.apply([tf.add_n(of_all) for of_all in zip(*gradients, strict=True)], variables)
            return tf.add_n(losses)

    def share(ink: Array, maps: Array) -> float:
        count = min(len(names), len(ink))
        parts = []
        for name, *part in zip(names, np.array_split(ink, count), np.array_split(maps, count), strict=False):
            with tf.device(name):
                parts.append(tuple(tf.convert_to_tensor(array) for array in part))
        return float(step(parts, tf.constant(len(ink), tf.float32)))

    return share


def _make_jax_step(network: keras.Model, count: int, scope: Callable[[], AbstractContextManager[Any]]) -> Step:
    def share(ink: Array, maps: Array) -> float:
        more = -len(ink) % count  # each device takes as many images; blank ones fill up, and weigh nothing
        weights = np.zeros(len(ink) + more, np.float32)
        weights[: len(ink)] = len(weights) / len(ink)  # Keras divides by the number of all
        filled = (np.pad(array, ((0, more), (0, 0), (0, 0), (0, 0))) for array in (ink, maps))
        with scope():
            return float(network.train_on_batch(*filled, weights))

    return share
