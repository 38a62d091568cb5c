"""What a server did so far, in the text format of Prometheus."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

PREFIX = "fcn_captcha"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_IMAGES = (1, 2, 4, 8, 16, 32, 64)


class Histogram:
    """How many values were at most each of some bounds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def render(self, name: str) -> list[str]:
        lines, upto = [], 0
        for bound, count in zip([*self._bounds, "+Inf"], self._counts, strict=True):
            upto += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {upto}')
        return [*lines, f"{name}_sum {self._sum:.6f}", f"{name}_count {upto}"]


class Metrics:
    """Counts that many threads may add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[int] = Counter()
        self._seconds = Histogram(_SECONDS)
        self._batches = Histogram(_IMAGES)
        self._images = 0

    def add_request(self, status: int, seconds: float) -> None:
        """A request that was answered, with its HTTP status."""
        with self._lock:
            self._requests[status] += 1
            self._seconds.add(seconds)

    def add_batch(self, images: int) -> None:
        """Images that are read together."""
        with self._lock:
            self._batches.add(images)
            self._images += images

    def render(self, waiting: int, held: int) -> str:
        """All counts, with how many images wait to be read and how many requests are under way."""
        with self._lock:
            parts = [
                ("requests_total", "counter", "Requests answered, by HTTP status.", self._render_requests()),
                (
                    "request_seconds",
                    "histogram",
                    "From a request's first byte to its answer.",
                    self._seconds.render(f"{PREFIX}_request_seconds"),
                ),
                ("images_total", "counter", "Images read.", [f"{PREFIX}_images_total {self._images}"]),
                ("batch_images", "histogram", "Images read together.", self._batches.render(f"{PREFIX}_batch_images")),
                ("queue_length", "gauge", "Images that wait to be read.", [f"{PREFIX}_queue_length {waiting}"]),
                ("requests_held", "gauge", "Requests under way.", [f"{PREFIX}_requests_held {held}"]),
            ]
            lines: list[str] = []
            for name, kind, meaning, values in parts:
                full = f"{PREFIX}_{name}"
                lines += [f"# HELP {full} {meaning}", f"# TYPE {full} {kind}", *values]
        return "\n".join(lines) + "\n"

    def _render_requests(self) -> list[str]:
        return [f'{PREFIX}_requests_total{{status="{s}"}} {n}' for s, n in sorted(self._requests.items())]
