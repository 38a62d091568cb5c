"""Along one axis: the input pixels that each cell of a layer's maps can see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm


@dataclass(frozen=True)
class Window:
    """Along one axis: the cells of its input that each cell of a layer's output looks at, far from any border.

    Attributes:
        look: the number of a cell of the output to the numbers of those it looks at.
        period: after so many cells of the output the pattern repeats,
        step: moved by so many cells of the input.
    """

    look: Callable[[int], Iterable[int]]
    period: int = 1
    step: int = 1


@dataclass(frozen=True)
class AxisField:
    """Along one axis: the stretch of input pixels that each cell sees, borders left aside.

    Cell ``k + period`` sees what cell ``k`` sees, ``advance_px`` pixels further. The period is 1 but where
    maps were enlarged: then neighbours may see the same pixels, or more and fewer in turn.

    Attributes:
        starts_px: the first pixel that cell 0, 1, ... of a period sees; negative where it lies in the padding.
        ends_px: the last one.
        advance_px: input pixels from a cell to the one a period further.
    """

    starts_px: tuple[int, ...] = (0,)
    ends_px: tuple[int, ...] = (0,)
    advance_px: int = 1

    @property
    def period(self) -> int:
        return len(self.starts_px)

    @property
    def size_px(self) -> int:
        """From the first pixel that a cell sees to the last, of the cell that sees most."""
        return max(self.sizes_px)

    @property
    def sizes_px(self) -> tuple[int, ...]:
        return tuple(end - start + 1 for start, end in zip(self.starts_px, self.ends_px, strict=True))

    @property
    def stride_px(self) -> Fraction:
        """Input pixels from a cell to the next, on average over a period."""
        return Fraction(self.advance_px, self.period)

    @property
    def offset_px(self) -> int:
        """The first pixel that cell 0 sees; negative where it lies in the padding."""
        return self.starts_px[0]

    def see(self, cell: int) -> tuple[int, int]:
        """The first and last pixel that a cell sees."""
        turns, phase = divmod(cell, self.period)
        return self.starts_px[phase] + turns * self.advance_px, self.ends_px[phase] + turns * self.advance_px

    def look_through(self, window: Window) -> "AxisField":
        """What the cells of a layer see that looks at these cells through ``window``."""
        repeats = self.period // gcd(self.period, window.step)
        seen = [[self.see(cell) for cell in window.look(k)] for k in range(window.period * repeats)]
        return AxisField(
            tuple(min(start for start, _ in cells) for cells in seen),
            tuple(max(end for _, end in cells) for cells in seen),
            self.advance_px * window.step * repeats // self.period,
        )

    def merge(self, other: "AxisField") -> "AxisField":
        """What cells see that take from two maps of the same size.

        Raises ``ValueError`` where the maps' strides differ, so that their cells drift apart.
        """
        if self.stride_px != other.stride_px:
            raise ValueError(f"maps with strides of {self.stride_px} and {other.stride_px} px can't be merged")
        period = lcm(self.period, other.period)
        pairs = [(self.see(k), other.see(k)) for k in range(period)]
        return AxisField(
            tuple(min(one[0], two[0]) for one, two in pairs),
            tuple(max(one[1], two[1]) for one, two in pairs),
            int(self.stride_px * period),
        )
