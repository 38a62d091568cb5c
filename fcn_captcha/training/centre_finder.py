"""Centres for images that have none, found by the network that is being trained."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.maps import geometry
from fcn_captcha.maps.alignment import Halves, estimate_halves, find_centres, find_heights, make_flat_start
from fcn_captcha.model.prediction import iterate_maps, make_predict
from fcn_captcha.training.examples import Example, move_centres

if TYPE_CHECKING:
    import keras

FLAT_IMAGES = 1800
_GROWTH = 1.25  # images shown between alignments grow by this, so that the last ones are rare


class CentreFinder:
    """A flat start, then forced alignment at growing intervals; known centres stay where they are.

    Attributes:
        alignments: of the real images so far.
        movement_px: how far centres moved in the last one, the mean in network pixels.
    """

    def __init__(self, network: "keras.Model", classes: int, stride: int, flat_images: float = FLAT_IMAGES) -> None:
        """``flat_images``: shown with the flat start's centres before the first alignment."""
        self.alignments = 0
        self.movement_px: float | None = None
        self._predict = make_predict(network)
        self._classes = classes
        self._stride = stride
        self._halves: Halves | None = None
        self._next = float(flat_images)

    @property
    def aligned(self) -> bool:
        """Whether the flat start is over."""
        return self.alignments > 0

    def state(self) -> dict[str, Any]:
        """What :meth:`restore` needs to go on from here."""
        return {
            "alignments": self.alignments,
            "movement_px": self.movement_px,
            "halves": None if self._halves is None else asdict(self._halves),
            "next": self._next,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a :meth:`state`."""
        self.alignments, self.movement_px, self._next = state["alignments"], state["movement_px"], state["next"]
        self._halves = None if state["halves"] is None else Halves(**state["halves"])

    def find(
        self, real: Sequence[Example], generated: Sequence[Example], seen: int
    ) -> tuple[list[Example], list[Example]]:
        """Both with centres for all, after ``seen`` images were shown.

        Real images are aligned when it is time to, generated ones, which are always new, whenever
        the network has learnt enough for it.
        """
        real = [_start_flat(e) for e in real]
        generated = [_start_flat(e) for e in generated]
        if seen >= self._next:
            self.alignments += 1
            self._next = max(seen + 1.0, self._next * _GROWTH)
            before, real = real, self._align(real)
            self.movement_px = _measure_movement(before, real)
        if self.aligned:
            generated = self._align(generated)
        return real, generated

    def _align(self, examples: Sequence[Example]) -> list[Example]:
        unknown = [i for i, e in enumerate(examples) if not e.known]
        found: dict[int, npt.NDArray[np.float64]] = {}
        for k, scores in iterate_maps(self._predict, [examples[i].ink for i in unknown], self._stride):
            i = unknown[k]
            cells = self._find_cells(examples[i], scores)
            if cells is not None:
                found[i] = cells
        if found:
            channels = [examples[i].channels for i in found]
            self._halves = estimate_halves(list(found.values()), channels, self._classes)
        aligned = list(examples)
        for i, cells in found.items():
            example = examples[i]
            if self._halves is not None:
                cells[:, 0] -= self._halves.find_offsets(example.channels)
            x = geometry.cells_to_pixels(cells[:, 0], self._stride)
            heights = find_heights(example.ink.max(axis=2), x)
            aligned[i] = move_centres(example, np.column_stack([x, heights]))
        return aligned

    def _find_cells(self, example: Example, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64] | None:
        channels, before = example.channels, example.centres_px
        if self._halves is not None:
            return find_centres(scores, channels, self._halves.expect_gaps(channels), self._halves.spread)
        gap = float(np.diff(before[:, 0]).mean()) / self._stride if before is not None and len(before) > 1 else None
        return find_centres(scores, channels, gap)


def _start_flat(example: Example) -> Example:
    if example.centres_px is not None:
        return example
    return move_centres(example, make_flat_start(example.ink.max(axis=2), len(example.channels)))


def _measure_movement(before: Sequence[Example], after: Sequence[Example]) -> float | None:
    moves = [
        float(np.hypot(*(new.centres_px - old.centres_px).T).mean())
        for old, new in zip(before, after, strict=True)
        if not new.known and new.centres_px is not None and old.centres_px is not None
    ]
    return float(np.mean(moves)) if moves else None
