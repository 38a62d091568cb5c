"""Keras callbacks on a loop that is not Keras's: called when ``fit`` would call them."""

from collections.abc import Sequence

import keras

from fcn_captcha.evaluation.result import Epoch


class Hooks:
    """The callbacks of one training; where there are none, nothing happens."""

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback], network: keras.Model, epochs: int | None) -> None:
        """``epochs`` is how many there will be, where that is known. Raises ``ValueError`` for what is no callback."""
        wrong = [callback for callback in callbacks if not isinstance(callback, keras.callbacks.Callback)]
        if wrong:
            raise ValueError(f"callbacks: each must be a keras.callbacks.Callback, got {wrong[0]!r}")
        self._network = network
        self._callbacks = (
            keras.callbacks.CallbackList(list(callbacks), model=network, epochs=epochs, steps=None, verbose=0)
            if callbacks
            else None
        )

    @property
    def stopped(self) -> bool:
        """Whether one of them has set ``model.stop_training``."""
        return self._callbacks is not None and bool(self._network.stop_training)

    def begin_training(self) -> None:
        if self._callbacks is not None:
            self._network.stop_training = False
            self._callbacks.on_train_begin()

    def begin_epoch(self, number: int) -> None:
        """``number`` counts from 0, as Keras does."""
        if self._callbacks is not None:
            self._callbacks.on_epoch_begin(number)

    def begin_batch(self, number: int) -> None:
        """``number`` counts from 0 in each epoch."""
        if self._callbacks is not None:
            self._callbacks.on_train_batch_begin(number)

    def end_batch(self, number: int, loss: float) -> None:
        if self._callbacks is not None:
            self._callbacks.on_train_batch_end(number, {"loss": loss})

    def end_epoch(self, epoch: Epoch) -> None:
        if self._callbacks is not None:
            self._callbacks.on_epoch_end(epoch.epoch - 1, make_logs(epoch))

    def end_training(self, last: Epoch | None) -> None:
        """``last`` is the last whole epoch, if there was one."""
        if self._callbacks is not None:
            self._callbacks.on_train_end(make_logs(last) if last else None)


def make_logs(epoch: Epoch) -> dict[str, float]:
    """What callbacks are told at the end of an epoch, by Keras's names; what was not measured is not there."""
    row = {
        "loss": epoch.loss,
        "learning_rate": epoch.learning_rate,
        "images": epoch.images,
        "seconds": epoch.seconds,
        "waiting": epoch.waiting,
        "movement_px": epoch.movement_px,
        "val_exact_match": epoch.exact,
        "val_character_accuracy": epoch.characters,
        "val_threshold": epoch.threshold,
    }
    return {name: value for name, value in row.items() if value is not None}
