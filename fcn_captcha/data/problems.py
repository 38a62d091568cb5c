"""Lines about what was left out, of which only so many are kept."""

MOST = 20  # lines


class Problems:
    """The first lines, and how many there were in all; an endless stream can't fill the memory with them.

    Attributes:
        most: lines that are kept.
        count: of all that were added.
    """

    def __init__(self, most: int = MOST) -> None:
        self.count = 0
        self.most = most
        self._waiting: list[str] = []

    def add(self, line: str) -> None:
        self.count += 1
        if self.count <= self.most:
            self._waiting.append(line)
        elif self.count == self.most + 1:
            self._waiting.append(f"what is like these {self.most} lines is no longer told")

    def take(self) -> list[str]:
        """The lines since the last time."""
        taken, self._waiting = self._waiting, []
        return taken
