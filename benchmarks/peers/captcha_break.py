"""The fixed-position network of the public captcha_break: five VGG-like blocks, one softmax a position.

Shape after https://github.com/ypwhs/captcha_break: two 3×3 convolutions a block with batch
normalisation, 32, 64, 128, 256 and 256 filters, a 2×2 max-pool after each; then one softmax over
the alphabet for each of the four places.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.samples import Sample

Images = npt.NDArray[np.float32]

_BATCH = 64
_CHUNK = 20  # batches that are drawn while the network works on as many


def make_network(height: int, width: int, places: int, classes: int) -> Any:
    import keras
    from keras import layers

    image = keras.Input((height, width, 3))
    x: Any = image
    for filters in (32, 64, 128, 256, 256):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_uniform")(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Flatten()(x)
    network = keras.Model(image, [layers.Dense(classes, activation="softmax", name=f"c{i}")(x) for i in range(places)])
    losses = ["sparse_categorical_crossentropy"] * places
    network.compile(keras.optimizers.Adam(1e-3), losses, jit_compile=False)
    return network


class CaptchaBreak:
    """Trains for some seconds on a stream of samples and reads images of the same size."""

    def __init__(self, alphabet: str, change: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]) -> None:
        """``change`` is what is done to each image first, at training and at reading."""
        self._alphabet = alphabet
        self._change = change
        self.images = 0

    def train(self, samples: Iterator[Sample], places: int, seconds: float) -> None:
        """Half a cosine down to a learning rate of 0 when the seconds are over."""
        started = time.monotonic()
        with ThreadPoolExecutor(1) as drawer:
            drawing = drawer.submit(self._draw, samples)
            height, width = drawing.result()[0].shape[1:3]
            self._network = make_network(height, width, places, len(self._alphabet))
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

    def read(self, images: Sequence[npt.NDArray[np.uint8]]) -> list[str]:
        prepared = self._prepare(images)
        answers = [self._network.predict_on_batch(prepared[i : i + 256]) for i in range(0, len(prepared), 256)]
        best = np.concatenate([np.stack([np.argmax(p, axis=1) for p in answer], axis=1) for answer in answers])
        return ["".join(self._alphabet[i] for i in row) for row in best]

    def _draw(self, samples: Iterator[Sample]) -> tuple[Images, list[str]]:
        drawn = list(islice(samples, _BATCH * _CHUNK))
        return self._prepare([s.image for s in drawn]), [s.text for s in drawn]

    def _prepare(self, images: Sequence[npt.NDArray[np.uint8]]) -> Images:
        return np.stack([self._change(image) for image in images]).astype(np.float32) / np.float32(255)
