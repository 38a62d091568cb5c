"""How good the readings are: exact match, character accuracy, edit distance, confusions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True)
class Share:
    """``hits`` of ``count``, with the 95 % interval of Wilson (1927), right near 0 and 1 too."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        return self.hits / self.count if self.count else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        if not self.count:
            return (0.0, 1.0)
        z, n, p = 1.959964, self.count, self.value
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (max(0.0, middle - half), min(1.0, middle + half))

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{100 * self.value:.1f} % ({self.hits} of {self.count}, 95 % interval {100 * low:.1f} to {100 * high:.1f})"
        )


@dataclass(frozen=True)
class Confusion:
    """``truth`` was read as ``read``, ``times`` times; '' stands for nothing (missed or invented)."""

    truth: str
    read: str
    times: int


@dataclass(frozen=True)
class Measures:
    """What :func:`measure` finds.

    ``characters`` is 1 minus the edit distance over the number of true characters, never below 0.
    ``by_character`` counts how often each true character was read, ``by_length`` exact matches.
    """

    exact: Share
    characters: float
    edit_distance: float
    confusions: tuple[Confusion, ...]
    by_character: dict[str, Share]
    by_length: dict[int, Share]

    def as_dict(self) -> dict[str, object]:
        """Plain types for JSON."""
        return {
            "exact": self.exact.value,
            "exact_interval": self.exact.interval,
            "images": self.exact.count,
            "characters": self.characters,
            "edit_distance": self.edit_distance,
            "confusions": [asdict(c) for c in self.confusions],
            "by_character": {c: asdict(s) for c, s in self.by_character.items()},
            "by_length": {str(n): asdict(s) for n, s in self.by_length.items()},
        }


def measure(truths: Sequence[str], readings: Sequence[str]) -> Measures:
    """Compare strings pair by pair.

    Raises ``ValueError`` if there are none, or not as many readings as truths.
    """
    if len(truths) != len(readings):
        raise ValueError(f"readings: one for each of the {len(truths)} truths, got {len(readings)}")
    if not truths:
        raise ValueError("truths: nothing to measure, got no image")
    distance = 0
    confusions: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    length_seen: Counter[int] = Counter()
    length_hits: Counter[int] = Counter()
    for truth, reading in zip(truths, readings, strict=True):
        seen.update(truth)
        length_seen[len(truth)] += 1
        length_hits[len(truth)] += truth == reading
        for operation in Levenshtein.editops(truth, reading):
            distance += 1
            true = "" if operation.tag == "insert" else truth[operation.src_pos]
            read = "" if operation.tag == "delete" else reading[operation.dest_pos]
            confusions[true, read] += 1
            if true:
                missed[true] += 1
    total = sum(seen.values())
    return Measures(
        exact=Share(sum(length_hits.values()), len(truths)),
        characters=max(0.0, 1 - distance / total) if total else float(distance == 0),
        edit_distance=distance / len(truths),
        confusions=tuple(Confusion(t, r, n) for (t, r), n in sorted(confusions.items(), key=lambda i: (-i[1], i[0]))),
        by_character={c: Share(seen[c] - missed[c], seen[c]) for c in sorted(seen)},
        by_length={n: Share(length_hits[n], length_seen[n]) for n in sorted(length_seen)},
    )
