"""Frames and the maps between them.

Points are ``(x, y)``, arrays ``(height, width, channels)``. In pixel frames the integer
coordinates are pixel centres, in the cell frame cell centres, so that cell ``k`` of a
network with stride 4 lies in the middle of pixels ``4k .. 4k+3``, at ``4k + 1.5``.
Affine maps are 2×3 matrices, as OpenCV takes them.
"""

import numpy as np
import numpy.typing as npt

STRIDE = 4  # the usual one, of two 2×2 max-pools; a network states its own

Array = npt.NDArray[np.float64]


def pixels_to_cells(points_px: npt.ArrayLike, stride: int) -> Array:
    """Points of the network's input frame, any shape, to its output frame."""
    return (np.asarray(points_px, dtype=np.float64) + 0.5) / stride - 0.5


def cells_to_pixels(points_cells: npt.ArrayLike, stride: int) -> Array:
    """The inverse of :func:`pixels_to_cells`."""
    return (np.asarray(points_cells, dtype=np.float64) + 0.5) * stride - 0.5


def padded_size(size_px: int, stride: int) -> int:
    """The smallest multiple of ``stride`` that is at least ``size_px``."""
    return -(-size_px // stride) * stride


def make_scaling(scale_x: float, scale_y: float) -> Array:
    """Affine map of a resize: pixel edges, not pixel centres, stay at the image's edges."""
    return np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2]])


def apply_affine(matrix: npt.ArrayLike, points: npt.ArrayLike) -> Array:
    """``points`` (n, 2) moved by the 2×3 ``matrix``; shape (n, 2), also for n = 0."""
    matrix = np.asarray(matrix, dtype=np.float64)
    moved: Array = np.asarray(points, dtype=np.float64).reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2]
    return moved


def invert_affine(matrix: npt.ArrayLike) -> Array:
    """The 2×3 matrix of the inverse map. Raises ``numpy.linalg.LinAlgError`` if there is none."""
    matrix = np.asarray(matrix, dtype=np.float64)
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def compose_affine(second: npt.ArrayLike, first: npt.ArrayLike) -> Array:
    """The 2×3 matrix that does what ``first`` and then ``second`` do."""
    second, first = np.asarray(second, dtype=np.float64), np.asarray(first, dtype=np.float64)
    composed: Array = second[:, :2] @ first
    composed[:, 2] += second[:, 2]
    return composed
