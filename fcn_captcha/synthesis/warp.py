"""Smooth changes of a whole image that carry points along."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Warp:
    """A perspective, then two waves.

    A point (x, y) of the source goes to (u, v) by the matrix, and from there to where
    (x + across(y), y + down(x)) = (u, v), each wave being amplitude * sin(2 pi position / length + phase).

    Attributes:
        matrix: 3×3, homogeneous.
        across, down: (amplitude, length, phase) of the wave, in px, px and radians.

    Raises ``ValueError`` for waves so steep that the image would fold over itself.
    """

    matrix: npt.NDArray[np.float64]
    across: tuple[float, float, float] = (0.0, 1.0, 0.0)
    down: tuple[float, float, float] = (0.0, 1.0, 0.0)

    def __post_init__(self) -> None:
        for amplitude, length, _ in (self.across, self.down):
            if abs(amplitude) * 2 * np.pi / length > 0.9:
                raise ValueError(f"waves: amplitude must stay below 0.14 of the length, got {amplitude} of {length}")

    def apply(self, source: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """The result, (width, height) as in ``size``; 0 where it comes from outside the source."""
        width, height = size
        x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        waved_x = x[None, :] + _wave(y, self.across)[:, None]
        waved_y = y[:, None] + _wave(x, self.down)[None, :]
        inverse = np.linalg.inv(self.matrix)
        (a, b, c), (d, e, f), (g, h, i) = (inverse / inverse[2, 2]).tolist()
        map_x, map_y = a * waved_x + b * waved_y, d * waved_x + e * waved_y
        map_x += c
        map_y += f
        if g or h:
            waved_x *= g
            waved_y *= h
            waved_x += waved_y
            waved_x += i
            map_x /= waved_x
            map_y /= waved_x
        return np.asarray(cv2.remap(source, map_x, map_y, cv2.INTER_LINEAR), dtype=np.uint8)

    def carry(self, points: Points) -> Points:
        """Where points (n, 2) of the source lie in the result, to a thousandth of a pixel."""
        (a, b, c), (d, e, f), (g, h, i) = self.matrix.tolist()
        x, y = points[:, 0], points[:, 1]
        scale = g * x + h * y + i
        u, v = (a * x + b * y + c) / scale, (d * x + e * y + f) / scale
        x, y = u, v
        for _ in range(_MOST_ROUNDS):
            before = y
            x = u - _wave(y, self.across)
            y = v - _wave(x, self.down)
            if np.abs(y - before).max(initial=0) < 2e-4:
                break
        return np.stack([x, y], axis=1)


_MOST_ROUNDS = 100  # the steepest waves that are allowed need about as many


def _wave(at: npt.NDArray[Any], wave: tuple[float, float, float]) -> npt.NDArray[Any]:
    amplitude, length, phase = wave
    return np.asarray(amplitude * np.sin(at * (2 * np.pi / length) + phase))
