"""Networks with one softmax for each place: convolutions, and fully connected to the alphabet at the end.

``captcha_break`` after https://github.com/ypwhs/captcha_break: five blocks of two 3×3 convolutions
with batch normalisation, 32, 64, 128, 256 and 256 filters, a 2×2 max-pool after each.
``our convolutions`` are those of our default network, without its last layer.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.samples import Sample

Pixels = npt.NDArray[np.uint8]
Images = npt.NDArray[np.float32]

BODIES = ("captcha_break", "our convolutions")
_BATCH = 64
_CHUNK = 20  # batches that are drawn while the network works on as many


def make_network(body: str, shape: tuple[int, ...], places: int, classes: int, precision: str) -> Any:
    """Images (batch, *shape) to one softmax a place, compiled. ``precision`` as of our own network."""
    import keras
    from keras import layers

    from fcn_captcha.model.network import make_network as make_ours

    image = keras.Input(shape)
    if body == "captcha_break":
        policy = keras.DTypePolicy("float32" if precision == "float32" else "mixed_bfloat16")
        x: Any = image
        for filters in (32, 64, 128, 256, 256):
            for _ in range(2):
                x = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_uniform", dtype=policy)(x)
                x = layers.ReLU(dtype=policy)(layers.BatchNormalization(dtype=policy)(x))
            x = layers.MaxPooling2D(2, padding="same", dtype=policy)(x)
    else:
        ours = make_ours("dilated", shape[-1], classes, precision)
        x = keras.Model(ours.input, ours.layers[-1].input)(image)
    x = layers.Flatten()(x)
    ends = [layers.Dense(classes, activation="softmax", dtype="float32", name=f"place{i}")(x) for i in range(places)]
    network = keras.Model(image, ends)
    losses = ["sparse_categorical_crossentropy"] * places
    network.compile(keras.optimizers.Adam(1e-3), losses, jit_compile=False)
    return network


class FixedPositions:
    """Trains for some seconds on a stream of samples and reads images of the same size."""

    def __init__(self, body: str, alphabet: str, prepare: Callable[[Pixels], Images]) -> None:
        """``prepare`` makes what the network takes, (height, width, channels), of an image."""
        self._body = body
        self._alphabet = alphabet
        self._prepare = prepare
        self.images = 0

    def train(self, samples: Iterator[Sample], places: int, seconds: float, precision: str) -> None:
        """Half a cosine down to a learning rate of 0 when the seconds are over."""
        started = time.monotonic()
        with ThreadPoolExecutor(1) as drawer:
            drawing = drawer.submit(self._draw, samples)
            shape = drawing.result()[0].shape[1:]
            self._network = make_network(self._body, shape, places, len(self._alphabet), precision)
            while (spent := (time.monotonic() - started) / seconds) < 1:
                images, texts = drawing.result()
                drawing = drawer.submit(self._draw, samples)
                labels = np.array([[self._alphabet.index(c) for c in text] for text in texts])
                for start in range(0, len(images), _BATCH):
                    self._network.optimizer.learning_rate = 1e-3 * (1 + np.cos(np.pi * spent)) / 2
                    part = slice(start, start + _BATCH)
                    self._network.train_on_batch(images[part], [labels[part, i] for i in range(places)])
                    self.images += len(images[part])
                    spent = min(1.0, (time.monotonic() - started) / seconds)
                    if spent >= 1:
                        break

    def read(self, images: Sequence[Pixels]) -> list[str]:
        texts = []
        for start in range(0, len(images), 256):
            prepared = np.stack([self._prepare(image) for image in images[start : start + 256]])
            best = np.stack([np.argmax(p, axis=1) for p in self._network.predict_on_batch(prepared)], axis=1)
            texts += ["".join(self._alphabet[i] for i in row) for row in best]
        return texts

    def _draw(self, samples: Iterator[Sample]) -> tuple[Images, list[str]]:
        drawn = list(islice(samples, _BATCH * _CHUNK))
        return np.stack([self._prepare(s.image) for s in drawn]), [s.text for s in drawn]
