"""Optimisers: Muon on the kernels of hidden convolutions, AdamW on the rest; or AdamW on all."""

from typing import Any

import keras
from keras import ops

ENDS = ("first_convolution", "last_convolution", "centre_maps")  # layers whose kernels AdamW trains in any case
_CLIP_NORM = 3000.0  # of all gradients together, some times what is usual at the start


def make_optimiser(name: str, learning_rate: float, weight_decay: float) -> keras.optimizers.Optimizer:
    """The optimiser of that name.

    Args:
        name: one of :data:`OPTIMISERS`.
        learning_rate: the highest; Muon's updates are scaled so that one rate suits both.
        weight_decay: decoupled from the gradient, times the learning rate.

    Raises ``ValueError`` for an unknown name.
    """
    if name not in OPTIMISERS:
        raise ValueError(f"optimiser: one of {', '.join(OPTIMISERS)} is needed, got {name!r}")
    decays = {"weight_decay": weight_decay}
    if name == "muon":
        decays["adam_weight_decay"] = weight_decay
    return OPTIMISERS[name](learning_rate, global_clipnorm=_CLIP_NORM, **decays)


class _Guarded:
    """Takes a gradient's elements that are no numbers for 0.

    TensorFlow's bfloat16 convolutions on a CPU with AMX now and then (in one of some hundred steps on
    wide images) return a tile of NaN in a weight's gradient, and the right gradient when asked again.
    """

    def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
        grads = [ops.where(ops.isfinite(grad), grad, ops.zeros_like(grad)) for grad in grads]
        return super().apply(grads, trainable_variables)  # type: ignore[misc]


@keras.saving.register_keras_serializable("fcn_captcha")
class AdamW(_Guarded, keras.optimizers.AdamW):  # type: ignore[misc]
    """Keras's AdamW, guarded."""


@keras.saving.register_keras_serializable("fcn_captcha")
class Muon(_Guarded, keras.optimizers.Muon):  # type: ignore[misc]
    """Keras's Muon (Jordan et al., 2024; scaled as by Liu et al., 2025), for convolutions.

    A kernel (height, width, inputs, outputs) is taken for the matrix (height · width · inputs, outputs);
    Keras's own takes matrices only. Biases, the first convolution, whose matrix is hardly one, and the
    last layer go by AdamW.
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) != 4 or any(name in variable.path for name in ENDS)

    def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
        self.assign_add(m, ops.add(gradient, m * (self.momentum - 1)))
        ahead = ops.add(gradient, self.momentum * m) if self.nesterov else m
        matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
        update = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(matrix, self.ns_steps))
        self.assign_sub(variable, ops.reshape(update, variable.shape))


OPTIMISERS: dict[str, Any] = {"muon": Muon, "adamw": AdamW}
