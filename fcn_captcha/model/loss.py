"""How far centre maps are from what they should be, and the layer that lets squared error train them. Keras 3."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("fcn_captcha")
class CentreMapLoss(keras.losses.Loss):  # type: ignore[misc]
    """How far centre maps are from what they should be, summed over an image: shape (batch,). 0 is perfect.

    Args:
        squared: squared error, for maps that end in a ReLU. Otherwise, for a sigmoid, the
            Kullback-Leibler divergence of the target from the map, cell by cell: the cross-entropy
            less the target's own entropy.
    """

    def __init__(self, squared: bool = False, name: str = "centre_map_loss") -> None:
        super().__init__(name=name, reduction="sum_over_batch_size")
        self.squared = squared

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if self.squared:
            return ops.sum(ops.square(y_true - y_pred), axis=(1, 2, 3))
        true = ops.clip(y_true, 1e-7, 1 - 1e-7)
        read = ops.clip(y_pred, 1e-7, 1 - 1e-7)
        divergence = true * ops.log(true / read) + (1 - true) * ops.log((1 - true) / (1 - read))
        return ops.sum(divergence, axis=(1, 2, 3))

    def get_config(self) -> dict[str, Any]:
        return {"squared": self.squared, "name": self.name}


@keras.saving.register_keras_serializable("fcn_captcha")
class LastReLU(layers.Layer):  # type: ignore[misc]
    """A ReLU whose gradient is 1 everywhere (straight-through; Bengio et al., 2013).

    Almost all of a centre map is 0, so an ordinary ReLU at the end dies within an epoch: a map that
    is dark everywhere has no gradient left that could light it. With squared error this one has
    none just where the map is dark and should be.
    """

    def call(self, x: Any) -> Any:
        return x + ops.stop_gradient(ops.relu(x) - x)
