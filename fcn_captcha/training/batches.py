"""Examples to batches, moved about anew each time they are shown."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from queue import Full, Queue

import numpy as np
import numpy.typing as npt

from fcn_captcha.maps import geometry
from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.model.prediction import make_input
from fcn_captcha.training.augmentation import Augmentation
from fcn_captcha.training.examples import Example

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]

_WINDOW = 16  # batches' worth of examples that are sorted by width together
_WIDTH_STEP_PX = 16  # widths are rounded up to this, so that few shapes are met


def make_batch(
    examples: Sequence[Example],
    stride: int,
    classes: int,
    augmentation: Augmentation,
    sigmas_cells: tuple[float, float],
    rng: np.random.Generator,
) -> Batch:
    """Ink and centre maps of some examples, padded with background to one shape.

    Returns:
        float32 (batch, height, width, channels) and (batch, height / stride, width / stride, classes).
    """
    ink = make_input([e.ink for e in examples], stride, _WIDTH_STEP_PX)
    batch, height, width, _ = ink.shape
    maps = np.zeros((batch, height // stride, width // stride, classes), dtype=np.float32)
    for example, image, target in zip(examples, ink, maps, strict=True):
        if example.centres_px is None:
            raise ValueError(f"{example.name}: it has no centres yet")
        rows, columns, _ = example.ink.shape
        changed = example.ink, example.centres_px
        image[:rows, :columns], centres_px = augmentation.apply(*changed, rng) if example.augmented else changed
        centres_cells = geometry.pixels_to_cells(centres_px, stride)
        make_centre_maps(centres_cells, example.channels, target.shape, sigmas_cells, out=target)
    return ink, maps


def iterate_batches(
    examples: Sequence[Example],
    batch_size: int,
    stride: int,
    classes: int,
    augmentation: Augmentation,
    sigmas_cells: tuple[float, float],
    rng: np.random.Generator,
) -> Iterator[Batch]:
    """Each example once, in random order; those of like width share a batch, so that little is padding."""
    order = rng.permutation(len(examples))
    groups: list[npt.NDArray[np.intp]] = []
    for window in np.split(order, range(_WINDOW * batch_size, len(order), _WINDOW * batch_size)):
        widths = np.array([examples[i].ink.shape[1] for i in window])
        by_width = window[np.argsort(widths, kind="stable")]
        groups += np.split(by_width, range(batch_size, len(window), batch_size))
    for group in rng.permutation(len(groups)):
        chosen = [examples[i] for i in groups[group]]
        yield make_batch(chosen, stride, classes, augmentation, sigmas_cells, rng)


def prefetch(batches: Iterable[Batch], ahead: int = 4) -> Iterator[Batch]:
    """The same batches, made in a thread of their own while the network works.

    An error in the making is raised here; leaving early stops the thread.
    """
    ready: Queue[Batch | BaseException | None] = Queue(ahead)
    stopped = threading.Event()

    def offer(item: Batch | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
                return True
            except Full:
                continue
        return False

    def work() -> None:
        try:
            for batch in batches:
                if not offer(batch):
                    return
            offer(None)
        except BaseException as error:
            offer(error)

    thread = threading.Thread(target=work, name="batches", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
