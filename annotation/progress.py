"""How far a person is, how fast, and how long the rest takes at that pace."""

from collections import deque
from dataclasses import dataclass
from statistics import median

_RECENT = 50  # images whose pace counts
_BREAK_S = 120.0  # a longer gap is a break, not work


@dataclass(frozen=True)
class Progress:
    """What the page shows.

    Attributes:
        done, left: images.
        pace_s: seconds an image, the median of the last ones; None before the second.
        rest_s: seconds for what is left, at that pace.
    """

    done: int
    left: int
    pace_s: float | None
    rest_s: float | None


class Pace:
    """Seconds an image, from the moments at which images were accepted."""

    def __init__(self) -> None:
        self._gaps_s: deque[float] = deque(maxlen=_RECENT)
        self._last_s: float | None = None

    def note(self, at_s: float) -> None:
        """An image was accepted at ``at_s`` of any steady clock."""
        if self._last_s is not None and 0 <= at_s - self._last_s <= _BREAK_S:
            self._gaps_s.append(at_s - self._last_s)
        self._last_s = at_s

    def measure(self, done: int, left: int) -> Progress:
        pace_s = median(self._gaps_s) if self._gaps_s else None
        return Progress(done, left, pace_s, None if pace_s is None else pace_s * left)
