"""From pixels of an image as given to those of the network's input, and back."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fcn_captcha.maps import geometry

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A polynomial y of x over a stretch; beyond its ends it goes on straight, with the slope that it has there.

    Attributes:
        middle, half: of the stretch, which reaches from ``middle - half`` to ``middle + half``.
        coefficients: of ((x - middle) / half)ᵏ, from k = 0 on; none of them is the line y = 0.
    """

    middle: float = 0.0
    half: float = 1.0
    coefficients: tuple[float, ...] = ()

    def __call__(self, x: npt.ArrayLike) -> Array:
        """y at each x, of the same shape."""
        place = (np.asarray(x, dtype=np.float64) - self.middle) / self.half
        if not self.coefficients:
            return np.zeros_like(place)
        polynomial = np.polynomial.Polynomial(self.coefficients)
        inside = np.clip(place, -1, 1)
        return np.asarray(polynomial(inside) + polynomial.deriv()(inside) * (place - inside))

    @property
    def sagitta(self) -> float:
        """How far it is at most from the chord between the stretch's ends, measured along y."""
        x = self.middle + self.half * np.linspace(-1, 1, 201)
        y = self(x)
        return float(np.abs(y - np.linspace(y[0], y[-1], len(y))).max())

    @property
    def steepness(self) -> float:
        """Its steepest slope, up or down, as a positive number."""
        x = self.middle + self.half * np.linspace(-1, 1, 201)
        return float(np.abs(np.diff(self(x)) / np.diff(x)).max())

    def scale(self, factor: float, shift: float = 0.0) -> "Curve":
        """The same in a frame where x and y are multiplied by ``factor`` and ``shift`` is added to x."""
        coefficients = tuple(factor * c for c in self.coefficients)
        return Curve(self.middle * factor + shift, self.half * factor, coefficients)


@dataclass(frozen=True, eq=False)
class Transform:
    """An affine map, after which each column slides up by a curve: (x, y) goes on to (x, y - curve(x)).

    Attributes:
        matrix: 2×3, of the affine map.
        curve: in the frame that ``matrix`` leads to; none where nothing slides.
    """

    matrix: Array
    curve: Curve | None = None

    def apply(self, points: npt.ArrayLike) -> Array:
        """``points`` (n, 2) of the frame that it starts from, moved; shape (n, 2), also for n = 0."""
        return self._slide(geometry.apply_affine(self.matrix, points), -1)

    def invert(self, points: npt.ArrayLike) -> Array:
        """The exact inverse of :meth:`apply`. Raises ``numpy.linalg.LinAlgError`` if there is none."""
        back = self._slide(np.array(points, dtype=np.float64).reshape(-1, 2), 1)
        return geometry.apply_affine(geometry.invert_affine(self.matrix), back)

    def to_cells(self, stride: int) -> "Transform":
        """From the same frame to the cells of a network that takes this map's result."""
        matrix = geometry.compose_affine(geometry.make_scaling(1 / stride, 1 / stride), self.matrix)
        return Transform(matrix, self.curve and self.curve.scale(1 / stride, 0.5 / stride - 0.5))

    def _slide(self, points: Array, sign: int) -> Array:
        if self.curve is not None:
            points[:, 1] += sign * self.curve(points[:, 0])
        return points
