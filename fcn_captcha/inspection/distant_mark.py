"""How far a network sees, found by teaching it two letters that differ only in a mark at a distance: e and ё.

The experiment of M. Vedenev's receptive_field_research, small enough for a CPU: an "e" in the middle of a noisy
image, in half of the images a dot to its left or right, at any of several distances. A network is trained to
tell from its one cell in the middle whether there is a dot. Where that cell can't see the dot, or training did
not teach it to, it answers as for an "e": accuracy, over as many images with a dot at that distance as
without, falls from 1 to ½. (In the original each distance has a training of its own.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from fcn_captcha.inspection.profile import ISOLINES
from fcn_captcha.inspection.receptive_field import trace_fields
from fcn_captcha.inspection.trained_field import Cell, TrainedField, measure_trained

Array = npt.NDArray[np.float32]

STRIDE = 2
_HEIGHT_PX = 12
_NOISE = 0.1
_BATCH = 32
_LETTER = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 0]], dtype=np.float32)


def make_stack(depth: int, seed: int = 0, filters: int = 8) -> keras.Model:
    """A 3×3 convolution, a max-pool of 2, ``depth`` 3×3 convolutions and a sigmoid: 4 + 4 · depth pixels seen."""
    weights = (keras.initializers.HeNormal(seed=1000 * seed + i) for i in range(depth + 2))
    start = keras.Input((None, None, 1))

    def convolve(x: Any) -> Any:
        kernel = next(weights)
        return layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer=kernel)(x)

    x = layers.MaxPooling2D(STRIDE)(convolve(start))
    for _ in range(depth):
        x = convolve(x)
    end = layers.Conv2D(1, 1, activation="sigmoid", kernel_initializer=next(weights))(x)
    return keras.Model(start, end, name=f"stack-{depth}")


@dataclass(frozen=True)
class Reach:
    """How far one trained network sees the mark.

    Attributes:
        distances_px: from the middle of the letter to the middle of the mark.
        accuracies: at each, ½ where the mark is not seen.
        trained: the mean absolute gradient of the cell in the middle.
    """

    distances_px: tuple[int, ...]
    accuracies: tuple[float, ...]
    trained: TrainedField

    @property
    def distance_px(self) -> float:
        """Where accuracy falls through ¾, half-way from 1 to ½, between two distances; 0 if it never is above."""
        for i, accuracy in enumerate(self.accuracies):
            if accuracy < 0.75:
                if i == 0:
                    return 0.0
                before, low, high = self.accuracies[i - 1], self.distances_px[i - 1], self.distances_px[i]
                return low + (high - low) * (before - 0.75) / (before - accuracy)
        return float(self.distances_px[-1])

    @property
    def level_3_px(self) -> int:
        """Width of the trained field's 3 % line."""
        return self.trained.find_isoline_px(ISOLINES[1])[0]


def draw_batch(
    rng: np.random.Generator, count: int, distances_px: Sequence[int], width_px: int
) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Images (count, 12, width, 1) of noise and a letter, 1 where it has a mark, and the mark's distance."""
    noise = rng.normal(0, _NOISE, (count, _HEIGHT_PX, width_px, 1)).astype(np.float32)
    marked = rng.random(count) < 0.5
    distances = rng.choice(np.asarray(distances_px), count)
    middle, row = width_px // 2, _HEIGHT_PX // 2
    noise[:, row - 2 : row + 2, middle - 2 : middle + 2, 0] += _LETTER
    for i in np.flatnonzero(marked):
        at = middle + int(distances[i]) * int(rng.choice((-1, 1)))
        noise[i, row - 1 : row + 1, at - 1 : at + 1, 0] += 1
    return noise, marked.astype(np.float32), distances


def find_distances(network: keras.Model) -> tuple[int, ...]:
    """Every second pixel from beside the letter to 4 beyond the farthest that the middle cell could see."""
    field = trace_fields(network)[-1].width
    return tuple(range(4, field.size_px // 2 + 6, 2))


def measure_reach(depth: int, seed: int = 0, images: int = 6400, filters: int = 8) -> Reach:
    """Trains one stack on ``images`` images and finds how far it sees.

    Raises ``ValueError`` for a depth or a number of images below 1.
    """
    for name, value in (("depth", depth), ("images", images)):
        if value < 1:
            raise ValueError(f"{name}: a whole number from 1 on is needed, got {value}")
    network = make_stack(depth, seed, filters)
    distances = find_distances(network)
    width = STRIDE * -(-(2 * distances[-1] + 8) // STRIDE)
    middle = width // 2 // STRIDE, _HEIGHT_PX // 2 // STRIDE
    start = keras.Input((_HEIGHT_PX, width, 1))
    rest = (_HEIGHT_PX // STRIDE - 1 - middle[1], width // STRIDE - 1 - middle[0])
    cell = layers.Cropping2D(((middle[1], rest[0]), (middle[0], rest[1])))(network(start))
    trainer = keras.Model(start, layers.Reshape((1,))(cell))
    trainer.compile(keras.optimizers.Adam(3e-3, clipnorm=1.0), "binary_crossentropy")
    rng = np.random.default_rng((seed, depth))
    for _ in range(-(-images // _BATCH)):
        ink, marked, _ = draw_batch(rng, _BATCH, distances, width)
        trainer.train_on_batch(ink, marked[:, None])
    return _test(network, trainer, distances, width, middle, np.random.default_rng((seed, depth, 1)))


def _test(
    network: keras.Model,
    trainer: keras.Model,
    distances: tuple[int, ...],
    width: int,
    middle: tuple[int, int],
    rng: np.random.Generator,
) -> Reach:
    ink, marked, at = draw_batch(rng, 200 * len(distances), distances, width)
    found = np.concatenate([trainer.predict_on_batch(part) for part in np.array_split(ink, len(distances))])[:, 0] > 0.5
    refused = 1 - found[marked == 0].mean()
    accuracies = tuple(
        float((found[(marked == 1) & (at == distance)].mean() + refused) / 2) for distance in distances
    )
    cells = [Cell(one, middle[1], middle[0], 0) for one in ink[:64]]
    return Reach(distances, accuracies, measure_trained(network, cells))
