"""The loop of a training: align, show an epoch, read the threshold part, keep the best."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import cos, pi
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from fcn_captcha.augmentation import Augmentation
from fcn_captcha.batches import (
    Example,
    iterate_batches,
    iterate_maps,
    make_predict,
    prefetch,
    prepare,
)
from fcn_captcha.centres import FLAT_IMAGES, CentreFinder
from fcn_captcha.dataset import Dataset
from fcn_captcha.geometry import STRIDE
from fcn_captcha.network import LEARNING_RATES, OPTIMISER_NAMES, make_loss, make_network
from fcn_captcha.optimiser import make_optimiser
from fcn_captcha.progress import Watch, format_seconds
from fcn_captcha.settings import DEFAULT_MINUTES, USUAL_DRAWN_IMAGES, USUAL_IMAGES, Settings
from fcn_captcha.threshold import QUICK, choose_rules

_FLAT_WIDTH_CELLS = 2.0  # of the Gaussians meanwhile, across, at least
_WARM_UP_STEPS = 100  # at most
_WARM_UP_SHARE = 0.1  # of the budget, at most
_SLOW_STEPS, _TIMED_STEPS = 5, 30  # the first steps build the graph; those after tell the speed
_VALIDATION_SHARE = 0.08  # of the time may go to readings of the threshold part


@dataclass(frozen=True)
class Epoch:
    """A row of ``history.csv``.

    ``exact`` and ``characters`` are on the threshold part, where measured; ``waiting`` is the share
    of the epoch's time in which the network waited for images.
    """

    epoch: int
    seconds: float
    images: int
    learning_rate: float
    loss: float
    movement_px: float | None
    exact: float | None
    characters: float | None
    threshold: float | None
    waiting: float


class Fit:
    """The loop: align, show an epoch, read the threshold part, keep the best.

    Attributes:
        chosen: the values of settings that were left open.
    """

    def __init__(
        self, dataset: Dataset, settings: Settings, started: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``started`` is when the budget began to run, by ``clock``, in seconds."""
        self._clock = clock
        self.dataset = dataset
        self.settings = settings
        self.history: list[Epoch] = []
        self._started = started
        self._rng = np.random.default_rng(settings.seed)
        self._classes = len(dataset.alphabet)
        self._augmentation = Augmentation(settings.augmentation)
        precision = find_precision() if settings.precision == "auto" else settings.precision
        channels = dataset.preprocess.channels
        self._network = make_network(settings.architecture, channels, self._classes, precision, settings.seed)
        self._highest_rate = settings.learning_rate or LEARNING_RATES[settings.architecture]
        optimiser = settings.optimiser or OPTIMISER_NAMES[settings.architecture]
        self.chosen = {"precision": precision, "optimiser": optimiser, "learning_rate": self._highest_rate}
        self._network.compile(
            make_optimiser(optimiser, self._highest_rate, settings.weight_decay),
            make_loss(self._network),
            jit_compile=keras.backend.backend() == "jax",
        )
        self._held_back = [prepare(s, dataset.preprocess, dataset.alphabet) for s in dataset.parts.threshold]
        self._best_weights: list[npt.NDArray[np.float32]] = self._network.get_weights()
        self._best: tuple[float, float] = (-1.0, -1.0)
        self._images = settings.images  # to be shown, where that is the budget
        if settings.epochs is not None:
            self._images = settings.epochs * dataset.epoch_images
        self._validation_s = 0.0
        self._seen = 0
        self._steps = 0
        self._waited_s = 0.0  # in this epoch
        self._finder = CentreFinder(
            self._network,
            self._classes,
            # A few images can be memorised anywhere, so the flat start will do, and alignment would drift.
            FLAT_IMAGES if settings.overfit is None else float("inf"),
        )

    # --- time -------------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        return self._clock() - self._started

    @property
    def alignments(self) -> int:
        """How often the real images were aligned."""
        return self._finder.alignments

    @property
    def share_done(self) -> float:
        """0 at the first step, 1 when the budget is spent."""
        if self._images is not None:
            return min(1.0, self._seen / self._images)
        budget = 60 * (self.settings.minutes or DEFAULT_MINUTES)
        # The last validation and the test come after the last step and belong to the budget.
        end = max(0.8 * budget, budget - 2 - 4 * self._last_validation_s)
        return min(1.0, (self.seconds - self._first_step_s) / max(1e-3, end - self._first_step_s))

    @property
    def learning_rate(self) -> float:
        """Linear warm-up, then half a cosine to zero at the end of the budget."""
        warm = min(1.0, max((self._steps + 1) / _WARM_UP_STEPS, self.share_done / _WARM_UP_SHARE))
        return self._highest_rate * warm * (1 + cos(pi * self.share_done)) / 2

    # --- the loop ---------------------------------------------------------------------------

    def run(self, watch: Watch, until_perfect: bool = False) -> bool:
        """Trains until the budget is spent or, if asked, all of the threshold part is read rightly.

        Returns whether Ctrl-C ended it before.
        """
        self._first_step_s, self._last_validation_s = self.seconds, 0.0
        try:
            with ThreadPoolExecutor(1, "generator") as drawer:
                drawing = drawer.submit(self.dataset.draw_generated)
                while self.share_done < 1 and not (until_perfect and self._best[0] == 1):
                    before = self.seconds
                    generated = drawing.result()
                    self._waited_s = self.seconds - before
                    drawing = drawer.submit(self.dataset.draw_generated)
                    self._run_epoch(generated, watch)
        except KeyboardInterrupt:
            watch.say("stopped; keeping the best so far")
            return True
        return False

    def _run_epoch(self, generated: list[Example], watch: Watch) -> None:
        self.dataset.real, generated = self._finder.find(self.dataset.real, generated, self._seen)
        indices = self.dataset.draw_epoch(self._rng)
        examples = [self.dataset.real[i] for i in indices] + generated
        flat = self.settings.overfit is None and not self._finder.aligned and not all(e.known for e in examples)
        across, down = self.settings.widths_cells
        batches = iterate_batches(
            examples,
            self.settings.batch_size,
            STRIDE,
            self._classes,
            self._augmentation,
            (max(across, _FLAT_WIDTH_CELLS) if flat else across, down),
            self._rng,
        )
        losses = []
        before = self.seconds
        for ink, maps in prefetch(batches):
            self._waited_s += self.seconds - before
            self._network.optimizer.learning_rate = self.learning_rate
            losses.append(float(self._network.train_on_batch(ink, maps)))
            self._steps += 1
            self._seen += len(ink)
            self._say_speed(watch)
            watch.move(self.share_done, self._describe(losses))
            before = self.seconds
            if self.share_done >= 1:
                break
        if not np.isfinite(losses[-1]):
            raise ValueError(
                f"training diverged: the loss is {losses[-1]} after {self._steps} steps; "
                f"try a learning_rate below {self._highest_rate}"
            )
        self._end_epoch(float(np.mean(losses)))

    def _say_speed(self, watch: Watch) -> None:
        """Once, when the first steps have been timed: what this machine makes of the budget."""
        if self._steps == _SLOW_STEPS:
            self._timed_from = self.seconds, self._seen
        if self._steps == _SLOW_STEPS + _TIMED_STEPS:
            before_s, before = self._timed_from
            speed = (self._seen - before) / max(1e-3, self.seconds - before_s)
            left_s = (
                None if self._images is not None else 60 * (self.settings.minutes or DEFAULT_MINUTES) - self.seconds
            )
            usual = USUAL_IMAGES if self.settings.generator is None else USUAL_DRAWN_IMAGES
            watch.say(describe_budget(speed, self._images or self._seen + round(speed * (left_s or 0)), usual))

    # --- the threshold part -----------------------------------------------------------------

    def _end_epoch(self, loss: float) -> None:
        over = self.share_done >= 1
        affordable = self._validation_s + self._last_validation_s < _VALIDATION_SHARE * self.seconds
        exact = characters = threshold = None
        if over or affordable or self._images is not None:
            before = self.seconds
            choice = choose_rules(
                self.read_held_back(self._network), self.dataset.alphabet, self.settings.widths_cells, *QUICK
            )
            exact, characters, threshold = choice.exact, choice.characters, choice.rules.threshold
            if (exact, characters) >= self._best:
                self._best = (exact, characters)
                self._best_weights = self._network.get_weights()
            self._last_validation_s = self.seconds - before
            self._validation_s += self._last_validation_s
        self.history.append(
            Epoch(
                len(self.history) + 1,
                round(self.seconds, 2),
                self._seen,
                self.learning_rate,
                loss,
                self._finder.movement_px,
                exact,
                characters,
                threshold,
                round(self._waited_s / max(1e-3, self.seconds - (self.history[-1].seconds if self.history else 0)), 4),
            )
        )

    def read_held_back(self, network: keras.Model) -> Iterator[tuple[npt.NDArray[np.float32], str]]:
        """The network's centre maps of each image of the threshold part, and its string."""
        for i, maps in iterate_maps(make_predict(network), [e.ink for e in self._held_back], STRIDE):
            yield maps, self.dataset.parts.threshold[i].text

    def make_best(self) -> keras.Model:
        """The best network so far, in float32."""
        network = make_network(self.settings.architecture, self.dataset.preprocess.channels, self._classes)
        network.set_weights(self._best_weights)
        return network

    def _describe(self, losses: list[float]) -> str:
        measured = [e for e in self.history if e.exact is not None]
        exact = f"exact match {100 * measured[-1].exact:.1f} % of {len(self._held_back)}" if measured else ""  # type: ignore[operator]
        speed = self._seen / max(1e-3, self.seconds - self._first_step_s)
        done = self.share_done
        left = (self.seconds - self._first_step_s) * (1 - done) / done if done > 0.01 else None
        parts = [
            f"epoch {len(self.history) + 1}",
            f"loss {np.mean(losses[-50:]):.2f}",
            exact,
            f"{speed:.0f} images/s",
            f"{format_seconds(left)} left" if left is not None else "",
        ]
        return "  ".join(p for p in parts if p)


def describe_budget(speed: float, images: int, usual: int) -> str:
    """'62 images/s here, so about 37,000 in this budget', and what would do where that is too few.

    Args:
        speed: images a second.
        images: that the budget will show.
        usual: that a usual result takes.
    """
    line = f"this machine trains at {speed:.0f} images/s: {images:,} images in {format_seconds(images / speed)}"
    if images >= usual:
        return line
    would = format_seconds(usual / speed)
    return f"{line}, fewer than the {usual:,} of a usual result; --images {usual} would take {would}"


def find_precision() -> str:
    """'bfloat16' where the machine multiplies it faster than float32: a GPU, or a CPU with AMX."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return "bfloat16" if jax.default_backend() == "gpu" else "float32"
    if backend == "tensorflow":
        import tensorflow

        if tensorflow.config.list_physical_devices("GPU"):
            return "bfloat16"
        flags = Path("/proc/cpuinfo")
        return "bfloat16" if flags.exists() and " amx_bf16" in flags.read_text() else "float32"
    return "float32"
