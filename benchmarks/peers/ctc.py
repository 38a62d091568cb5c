"""The CTC reader of the Keras example "OCR model for reading Captchas", trained from strings on the same images.

Two convolutions and two bidirectional LSTMs over the columns, Adam at 1e-3, batches of 16, as
https://keras.io/examples/vision/captcha_ocr has it; the epoch is chosen by exact match on the validation part.
"""

import time
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.data.samples import Sample

Images = npt.NDArray[np.float32]

WIDTH, HEIGHT = 200, 50  # to which the example scales
_BATCH = 16


def make_network(classes: int) -> Any:
    """Images (batch, 200, 50, 1), transposed, to logits of the classes and CTC's blank, (batch, 50, classes + 1)."""
    import keras
    from keras import layers

    image = keras.Input((WIDTH, HEIGHT, 1))
    x: Any = image
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu", kernel_initializer="he_normal", padding="same")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Reshape((WIDTH // 4, HEIGHT // 4 * 64))(x)
    x = layers.Dropout(0.2)(layers.Dense(64, activation="relu")(x))
    for units in (128, 64):
        x = layers.Bidirectional(layers.LSTM(units, return_sequences=True, dropout=0.25))(x)
    network = keras.Model(image, layers.Dense(classes + 1)(x))
    network.compile(keras.optimizers.Adam(1e-3), keras.losses.CTC(), jit_compile=False)
    return network


class CtcReader:
    """Trains for some seconds and reads images as its best epoch does.

    Attributes:
        images: shown, repeats counted.
        best: exact match on the validation part, 0 to 1.
    """

    def __init__(self, alphabet: str, seed: int) -> None:
        import keras

        keras.utils.set_random_seed(seed)
        self._alphabet = alphabet
        self._network = make_network(len(alphabet))
        self.images, self.best = 0, -1.0

    def train(self, training: Sequence[Sample], validation: Sequence[Sample], seconds: float, seed: int) -> None:
        """Until the seconds are over, the making of its graph included."""
        started, rng = time.monotonic(), np.random.default_rng(seed)
        images = _prepare(training)
        labels = self._encode([s.text for s in training])
        weights = self._network.get_weights()
        while time.monotonic() - started < seconds:
            for chosen in np.split(rng.permutation(len(images)), range(_BATCH, len(images), _BATCH)):
                self._network.train_on_batch(images[chosen], labels[chosen])
                self.images += len(chosen)
                if time.monotonic() - started >= seconds:
                    break
            right = [a == s.text for a, s in zip(self.read(validation), validation, strict=True)]
            if np.mean(right) >= self.best:
                self.best, weights = float(np.mean(right)), self._network.get_weights()
        self._network.set_weights(weights)

    def read(self, samples: Sequence[Sample]) -> list[str]:
        """The likeliest class of each column, repeats and blanks taken out."""
        texts = []
        for start in range(0, len(samples), 128):
            best = self._network.predict_on_batch(_prepare(samples[start : start + 128])).argmax(axis=2)
            for row in best:
                kept = [c for i, c in enumerate(row) if c and (i == 0 or c != row[i - 1])]
                texts.append("".join(self._alphabet[c - 1] for c in kept))
        return texts

    def _encode(self, texts: Sequence[str]) -> npt.NDArray[np.int32]:
        """Classes from 1, as 0 is the blank; filled up with 0."""
        labels = np.zeros((len(texts), max(map(len, texts))), np.int32)
        for row, text in zip(labels, texts, strict=True):
            row[: len(text)] = [self._alphabet.index(c) + 1 for c in text]
        return labels


def _prepare(samples: Sequence[Sample]) -> Images:
    grey = [cv2.cvtColor(s.image, cv2.COLOR_RGB2GRAY) for s in samples]
    scaled = [cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for image in grey]
    return (np.stack(scaled).transpose(0, 2, 1)[..., None] / 255).astype(np.float32)
