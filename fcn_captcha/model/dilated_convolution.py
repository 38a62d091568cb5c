"""A dilated convolution for images of any size. Keras 3, any backend."""

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("fcn_captcha")
class DilatedConv2D(layers.Conv2D):  # type: ignore[misc]
    """Keras's padded ``Conv2D`` of stride 1 with a dilation, computed in phases, whose results are the same.

    TensorFlow's own takes the sizes of an earlier batch for those of later ones where they vary. Every second row
    and column, say, is an image of its own here, in four phases that an ordinary convolution takes as a batch.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        (down, across), (batch, height, width, channels) = self.dilation_rate, ops.shape(inputs)
        rows, columns = -(-height // down), -(-width // across)
        filling = [(0, 0), (0, rows * down - height), (0, columns * across - width), (0, 0)]
        phases = ops.reshape(ops.pad(inputs, filling), (batch, rows, down, columns, across, channels))
        phases = ops.reshape(ops.transpose(phases, (2, 4, 0, 1, 3, 5)), (-1, rows, columns, channels))
        found = ops.conv(phases, kernel, strides=1, padding="same", data_format="channels_last")
        found = ops.reshape(found, (down, across, batch, rows, columns, self.filters))
        found = ops.transpose(found, (2, 3, 0, 4, 1, 5))
        return ops.reshape(found, (batch, rows * down, columns * across, self.filters))[:, :height, :width]
