"""Small random changes of an example's ink that take its centres along."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.maps import geometry

Ink = npt.NDArray[np.float32]

_ELASTIC_PX = 16  # between the places that an elastic warp moves


@dataclass(frozen=True)
class Augmentation:
    """Small changes that leave the string as it is; standard deviations, but for shift, gain and shares.

    The image turns, stretches and leans about its middle, shifts, and is warped elastically, its
    centres with it; then strips are erased, the ink is blurred, made stronger or weaker, and gets
    noise. ``strength`` 0 changes nothing.
    """

    strength: float = 1.0
    rotation_deg: float = 3.0
    stretch: float = 0.06
    lean: float = 0.08
    shift: tuple[float, float] = (0.05, 0.1)  # the most, across and down, as shares of the size
    elastic_px: float = 0.7  # of the places that a grid of 16 px moves to
    erased_share: float = 0.2  # of images that lose a strip of 1 or 2 px
    blurred_share: float = 0.2
    gain: tuple[float, float] = (0.7, 1.2)
    noise: float = 0.03

    def __post_init__(self) -> None:
        if self.strength < 0:
            raise ValueError(f"augmentation: the strength must be 0 or more, got {self.strength}")

    def make_affine(self, width: int, height: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """A random 2×3 map from pixels of the image to pixels of the changed one."""
        angle = np.deg2rad(rng.normal(0, self.rotation_deg * self.strength))
        across, down = np.exp(rng.normal(0, self.stretch * self.strength, 2))
        lean = rng.normal(0, self.lean * self.strength)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        linear = turn @ np.array([[across, lean], [0, down]])
        most = np.array(self.shift) * (width, height) * self.strength
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        return np.column_stack([linear, middle - linear @ middle + rng.uniform(-most, most)])

    def make_elastic(self, width: int, height: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """A smooth random field (height, width, 2): by how much the source of each pixel lies off, x and y."""
        grid = (-(-height // _ELASTIC_PX) + 1, -(-width // _ELASTIC_PX) + 1, 2)
        # Bounded, so that no place is pulled over its neighbour.
        coarse = rng.standard_normal(grid, dtype=np.float32).clip(-2, 2) * np.float32(self.elastic_px * self.strength)
        return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)

    def apply(
        self, ink: Ink, centres_px: npt.NDArray[np.float64], rng: np.random.Generator
    ) -> tuple[Ink, npt.NDArray[np.float64]]:
        """A changed copy of ``ink`` (height, width, channels) and its centres (n, 2)."""
        if self.strength == 0:
            return ink, centres_px
        height, width, channels = ink.shape
        matrix, field = self.make_affine(width, height, rng), self.make_elastic(width, height, rng)
        moved = _warp(ink, matrix, field).reshape(height, width, channels)
        if rng.random() < self.erased_share * self.strength:
            _erase_strip(moved, rng)
        if rng.random() < self.blurred_share * self.strength:
            moved[:] = cv2.GaussianBlur(moved, (3, 3), rng.uniform(0.4, 0.9)).reshape(ink.shape)
        low, high = (1 + self.strength * (limit - 1) for limit in self.gain)
        moved = moved * np.float32(rng.uniform(max(low, 0.1), high))
        moved += rng.standard_normal(moved.shape, dtype=np.float32) * np.float32(self.noise * self.strength)
        return moved, _carry(centres_px, matrix, field)


def _warp(ink: Ink, matrix: npt.NDArray[np.float64], field: npt.NDArray[np.float32]) -> Ink:
    """The pixel p of the result comes from where ``matrix`` has p + ``field`` (p) from."""
    height, width = field.shape[:2]
    (a, b, c), (d, e, f) = geometry.invert_affine(matrix).astype(np.float32)
    x = np.arange(width, dtype=np.float32) + field[:, :, 0]
    y = np.arange(height, dtype=np.float32)[:, None] + field[:, :, 1]
    return np.asarray(cv2.remap(ink, a * x + b * y + c, d * x + e * y + f, cv2.INTER_LINEAR), dtype=np.float32)


def _carry(
    points: npt.NDArray[np.float64], matrix: npt.NDArray[np.float64], field: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Where points of the source lie in the result of :func:`_warp`, by fixed-point iteration."""
    aims = geometry.apply_affine(matrix, points)
    found = aims
    for _ in range(8):
        x, y = (np.ascontiguousarray(found[None, :, i], dtype=np.float32) for i in (0, 1))
        found = aims - cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    return found


def _erase_strip(ink: Ink, rng: np.random.Generator) -> None:
    """A line in the ground's colour across the whole image, level, upright or slanting."""
    height, width = ink.shape[:2]
    if rng.random() < 0.5:
        ends = (0, int(rng.integers(height))), (width, int(rng.integers(height)))
    else:
        ends = (int(rng.integers(width)), 0), (int(rng.integers(width)), height)
    cv2.line(ink, *ends, (0,) * ink.shape[2], int(rng.integers(1, 3)))
