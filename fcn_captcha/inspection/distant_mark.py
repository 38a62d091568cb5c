"""How far a network sees, found by teaching it two letters that differ only in a mark at a distance: e and ё.

The experiment of M. Vedenev's receptive_field_research, small enough for a CPU: an "e" in the middle of a noisy
image, in half of the images a dot to its left or right, at any of several distances. A network is trained to
tell from its one cell in the middle whether there is a dot. Where that cell can't see the dot, or training did
not teach it to, it answers as for an "e": accuracy, over as many images with a dot at that distance as
without, falls from 1 to ½. In the original each distance has a training of its own; here all share one, so a
network learns near marks first and reaches on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from fcn_captcha.inspection.profile import ISOLINES
from fcn_captcha.inspection.receptive_field import trace_fields
from fcn_captcha.inspection.trained_field import Cell, TrainedField, measure_trained
from fcn_captcha.model.architectures.architecture import Layers

Array = npt.NDArray[np.float32]

STRIDE = 2
_HEIGHT_PX = 12
_NOISE = 0.1
_BATCH = 32
_LETTER = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 0]], dtype=np.float32)


def make_stack(depth: int, seed: int = 0, filters: int = 16) -> keras.Model:
    """A 3×3 convolution, a max-pool of 2, ``depth`` 3×3 convolutions and a sigmoid: 4 + 4 · depth pixels seen.

    The convolutions after the pool come in residual pairs that start as nothing, as in this package's default
    network: plain ones this deep often don't learn at all. Raises ``ValueError`` for an odd depth or none.
    """
    if depth < 2 or depth % 2:
        raise ValueError(f"depth: an even number from 2 on is needed, got {depth}")
    use = Layers(1, keras.DTypePolicy("float32"), seed)
    start = keras.Input((None, None, 1))
    x = use.pool(use.convolve(start, filters, 3))
    for _ in range(depth // 2):
        x = use.add_pair(x, filters)
    return keras.Model(start, use.end_in_sigmoid(x, 1), name=f"stack-{depth}")


@dataclass(frozen=True)
class Reach:
    """How far one trained network sees the mark.

    Attributes:
        distances_px: from the middle of the letter to the middle of the mark, which is a pixel wide.
        accuracies: at each, ½ where the mark is not seen.
        trained: the mean absolute gradient of the cell in the middle, None where training failed and none is left.
    """

    distances_px: tuple[float, ...]
    accuracies: tuple[float, ...]
    trained: TrainedField | None

    @property
    def distance_px(self) -> float:
        """Where accuracy falls through ¾, half-way from 1 to ½, for the last time; 0 if it never is above."""
        seen = [i for i, accuracy in enumerate(self.accuracies) if accuracy >= 0.75]
        if not seen:
            return 0.0
        i = seen[-1]
        if i + 1 == len(self.accuracies):
            return float(self.distances_px[i])
        return float(np.interp(-0.75, [-self.accuracies[i], -self.accuracies[i + 1]], self.distances_px[i : i + 2]))

    @property
    def level_3_px(self) -> int:
        """Width of the trained field's 3 % line, 0 where training failed."""
        return self.trained.find_isoline_px(ISOLINES[1])[0] if self.trained else 0


def draw_batch(
    rng: np.random.Generator, count: int, distances_px: Sequence[float], width_px: int
) -> tuple[Array, Array, npt.NDArray[np.float64]]:
    """Images (count, 12, width, 1) of noise and a letter, 1 where it has a mark, and the mark's distance."""
    noise = rng.normal(0, _NOISE, (count, _HEIGHT_PX, width_px, 1)).astype(np.float32)
    marked = rng.random(count) < 0.5
    distances = rng.choice(np.asarray(distances_px), count)
    middle, row = find_middle(width_px) + 0.5, _HEIGHT_PX // 2
    first = int(middle - 1.5)
    noise[:, row - 2 : row + 2, first : first + 4, 0] += _LETTER
    for i in np.flatnonzero(marked):
        noise[i, row - 1 : row + 1, int(middle + distances[i] * rng.choice((-1, 1))), 0] += 1
    return noise, marked.astype(np.float32), distances


def find_middle(width_px: int) -> int:
    """The first of the two pixels of the cell in the middle; a mark's distance is from between them."""
    return width_px // 2 // STRIDE * STRIDE


def find_distances(network: keras.Model) -> tuple[float, ...]:
    """From beside the letter, pixel by pixel, to 3 beyond the farthest that the middle cell could see."""
    half = trace_fields(network)[-1].width.size_px // 2
    return tuple(distance + 0.5 for distance in range(3, half + 3))


def measure_reach(depth: int, seed: int = 0, images: int = 6400, filters: int = 16) -> Reach:
    """Trains one stack on ``images`` images and finds how far it sees.

    Raises ``ValueError`` for a depth as of :func:`make_stack` or less than one image.
    """
    if images < 1:
        raise ValueError(f"images: a whole number from 1 on is needed, got {images}")
    network = make_stack(depth, seed, filters)
    distances = find_distances(network)
    width = 2 * STRIDE * round(distances[-1] / STRIDE + 2)
    middle = find_middle(width) // STRIDE, _HEIGHT_PX // 2 // STRIDE
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
    distances: tuple[float, ...],
    width: int,
    middle: tuple[int, int],
    rng: np.random.Generator,
) -> Reach:
    ink, marked, at = draw_batch(rng, 200 * len(distances), distances, width)
    found = np.concatenate([trainer.predict_on_batch(part) for part in np.array_split(ink, len(distances))])[:, 0] > 0.5
    refused = 1 - found[marked == 0].mean()
    accuracies = tuple(float((found[(marked == 1) & (at == distance)].mean() + refused) / 2) for distance in distances)
    try:
        trained = measure_trained(network, [Cell(one, middle[1], middle[0], 0) for one in ink[:64]])
    except ValueError:  # every ReLU is dead
        trained = None
    return Reach(distances, accuracies, trained)
