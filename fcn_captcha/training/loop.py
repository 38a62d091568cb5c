"""The loop of a training: align, show an epoch, read the validation part, keep the best."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fcn_captcha.console.progress import Watch
from fcn_captcha.evaluation.result import Epoch
from fcn_captcha.model.backend import find_batch_size
from fcn_captcha.model.network import make_network
from fcn_captcha.training.augmentation import Augmentation
from fcn_captcha.training.batches import iterate_batches, prefetch
from fcn_captcha.training.centre_finder import FLAT_IMAGES, CentreFinder
from fcn_captcha.training.compiled import make_compiled
from fcn_captcha.training.dataset import Dataset
from fcn_captcha.training.devices import find_devices
from fcn_captcha.training.examples import Example
from fcn_captcha.training.hooks import Hooks
from fcn_captcha.training.progress import DivergedError, Progress, describe_progress, is_stuck
from fcn_captcha.training.schedule import Schedule, describe_speed
from fcn_captcha.training.settings import USUAL_DRAWN_IMAGES, USUAL_IMAGES, Settings
from fcn_captcha.training.validation import Validation

_FLAT_WIDTH_CELLS = 2.0  # of the Gaussians meanwhile, across, at least
_SLOW_STEPS, _TIMED_STEPS = 5, 30  # the first steps build the graph; those after tell the speed
_VALIDATION_SHARE = 0.08  # of the time may go to readings of the validation part


class Loop:
    """Trains one network on one dataset.

    Attributes:
        history: a row for each epoch.
        chosen: the values of settings that were left open. The batch's size follows from what the budget pays for.
    """

    def __init__(
        self,
        dataset: Dataset,
        settings: Settings,
        started: float,
        clock: Callable[[], float] = time.monotonic,
        align: bool = True,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> None:
        """``started`` is when the budget began to run, by ``clock``, in seconds.

        Without ``align`` the flat start's centres stay, however wrong: enough to memorise a few images.
        Raises ``ValueError`` for an unknown architecture, precision or optimiser, too few devices, and what is no
        callback.
        """
        self.dataset = dataset
        self.settings = settings
        self.history: list[Epoch] = []
        self._clock, self._started = clock, started
        self._rng = np.random.default_rng(settings.seed)
        self._augmentation = Augmentation(settings.augmentation, settings.rotation_deg)
        devices = find_devices(settings.devices)
        with devices.scope():
            self._network, chosen = make_compiled(dataset, settings)
        self.chosen = {**chosen, "devices": len(devices.names)}
        self._step = devices.make_step(self._network)
        self._hooks = Hooks(callbacks, self._network, settings.epochs)
        self._first_state = self._get_optimiser_state()
        self._schedule = self._make_schedule(Progress())
        self.chosen["batch_size"] = settings.batch_size or find_batch_size(self._schedule.images)
        self._validation = Validation(dataset, self._network, settings.sigmas_cells)
        self._align = align
        self._finder = self._make_finder()
        self._done = Progress()

    @property
    def seconds(self) -> float:
        """Since the budget began to run."""
        return self._clock() - self._started

    @property
    def alignments(self) -> int:
        """How often the real images were aligned."""
        return self._finder.alignments

    @property
    def validation(self) -> Validation:
        return self._validation

    def make_best(self) -> keras.Model:
        """The best network so far, in float32."""
        settings, dataset = self.settings, self.dataset
        network = make_network(settings.architecture, dataset.preprocess.channels, len(dataset.alphabet))
        network.set_weights(self._validation.weights)
        return network

    def state(self) -> dict[str, Any]:
        """All that a later :meth:`restore` needs to go on from the end of this epoch; plain data and arrays."""
        return {
            "progress": {**asdict(self._done), "losses": []},
            "seconds": self.seconds,
            "history": [asdict(epoch) for epoch in self.history],
            "random": self._rng.bit_generator.state,
            "network": self._network.get_weights(),
            "optimiser": self._get_optimiser_state(),
            "validation": self._validation.state(),
            "finder": self._finder.state(),
            "dataset": self.dataset.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a :meth:`state` as if nothing had happened since; the seconds spent till then count."""
        self._done = Progress(**state["progress"])
        self._started = self._clock() - state["seconds"]
        self.history = [Epoch(**row) for row in state["history"]]
        self._rng.bit_generator.state = state["random"]
        self._schedule = self._make_schedule(self._done)
        self._set_network(state["network"], state["optimiser"])
        self._validation.restore(state["validation"])
        self._finder.restore(state["finder"])
        self.dataset.restore(state["dataset"], self._done.drawn)

    def run(
        self,
        watch: Watch,
        until_perfect: bool = False,
        epochs: int | None = None,
        keep: Callable[[dict[str, Any]], None] | None = None,
    ) -> bool:
        """Trains until the budget is spent or, if asked, all of the validation part is read rightly.

        With ``epochs`` it stops when there were so many, from the first on, and can go on later. ``keep`` is given
        the :meth:`state` after every epoch. A callback's ``model.stop_training`` ends it, too. Where it gets nowhere
        it begins anew, see :meth:`_begin_anew`. Returns whether Ctrl-C ended it before.
        """

        def is_enough() -> bool:
            enough = epochs is not None and len(self.history) >= epochs
            return enough or self._is_over() or (until_perfect and self._validation.best[0] == 1)

        if not self._done.steps:
            self._done.first_step_s = self.seconds
        interrupted = False
        try:
            self._hooks.begin_training()
            with ThreadPoolExecutor(1, "generator") as drawer:
                drawing = drawer.submit(self._draw)
                while not is_enough():
                    before = self.seconds
                    generated, self._done.drawn = drawing.result()
                    self._done.waited_s = self.seconds - before
                    for problem in self.dataset.take_problems():
                        watch.say(f"warning: {problem}")
                    drawing = drawer.submit(self._draw)
                    self._hooks.begin_epoch(len(self.history))
                    self._run_epoch(generated, watch)
                    if keep is not None:
                        keep(self.state())
                    self._hooks.end_epoch(self.history[-1])  # by then the epoch is kept, whatever a callback does
        except KeyboardInterrupt:
            watch.say("stopped; keeping the best so far")
            interrupted = True
        self._hooks.end_training(self.history[-1] if self.history else None)
        return interrupted

    def _draw(self) -> tuple[list[Example], int]:
        """The next epoch's generated images, and where the stream then stands."""
        return self.dataset.draw_streamed(), self.dataset.position

    def _find_share(self) -> float:
        # The last validation, the model files and the test come after the last step and belong to the budget.
        reserved_s = 6 + 5 * self._done.last_validation_s
        seen = self._done.images - self._done.images_before
        return self._schedule.find_share(seen, self._done.first_step_s, self.seconds, reserved_s)

    def _is_over(self) -> bool:
        """Whether the budget is spent, or a callback wants it to end."""
        return self._find_share() >= 1 or self._hooks.stopped

    def _run_epoch(self, generated: list[Example], watch: Watch) -> None:
        done = self._done
        shown = done.images - done.images_before
        self.dataset.real, streamed = self._finder.find(self.dataset.real, generated, shown)
        indices = self.dataset.draw_epoch(self._rng)
        examples = [self.dataset.real[i] for i in indices] + streamed
        batches = iterate_batches(
            examples,
            int(self.chosen["batch_size"]),
            self.dataset.stride,
            len(self.dataset.alphabet),
            self._augmentation,
            self._find_sigmas(examples),
            self._rng,
        )
        done.losses = []
        before = self.seconds
        for ink, maps in prefetch(batches):
            done.waited_s += self.seconds - before
            self._network.optimizer.learning_rate = self._find_rate()
            self._hooks.begin_batch(len(done.losses))
            done.losses.append(float(self._step(ink, maps)))
            self._hooks.end_batch(len(done.losses) - 1, done.losses[-1])
            done.steps += 1
            done.images += len(ink)
            self._tell(watch)
            before = self.seconds
            if self._is_over() or not np.isfinite(done.losses[-1]):
                break
        if not np.isfinite(done.losses[-1]):
            why = f"training diverged: the loss is {done.losses[-1]} after {done.steps} steps"
            if self._is_over() or not self._begin_anew(why, watch):
                raise DivergedError(f"{why}; try a learning_rate below {self._schedule.highest_rate:.2g}")
            return self._run_epoch(generated, watch)
        self._end_epoch()
        if self._align and not self._is_over() and is_stuck(done, self.history, self._find_share()):
            self._begin_anew("nothing is read yet", watch)

    def _begin_anew(self, why: str, watch: Watch) -> bool:
        """Other weights and a lower rate for what is left of the budget; False where that was tried often enough."""
        done, settings, dataset = self._done, self.settings, self.dataset
        if not done.give_up(self.seconds):
            return False
        self._schedule = self._make_schedule(done)
        sizes, seed = (dataset.preprocess.channels, len(dataset.alphabet)), done.find_seed(settings.seed)
        self._set_network(make_network(settings.architecture, *sizes, seed=seed).get_weights(), self._first_state)
        self._finder = self._make_finder()
        dataset.real = [e if e.known else replace(e, centres_px=None) for e in dataset.real]
        watch.say(
            f"warning: after {done.images:,} images {why}: beginning anew, with other weights and a learning rate of "
            f"{self._schedule.highest_rate:.2g}"
        )
        return True

    def _find_sigmas(self, examples: list[Example]) -> tuple[float, float]:
        """Of the Gaussians: broader while the centres are those of a flat start."""
        across, down = self.settings.sigmas_cells
        flat = self._align and not self._finder.aligned and not all(e.known for e in examples)
        return max(across, _FLAT_WIDTH_CELLS) if flat else across, down

    def _end_epoch(self) -> None:
        done, share = self._done, self._find_share()
        affordable = done.validation_s + done.last_validation_s < _VALIDATION_SHARE * self.seconds
        choice = None
        if share >= 1 or affordable or self._schedule.images is not None or self._hooks.stopped:
            before = self.seconds
            choice = self._validation.read()
            done.last_validation_s = self.seconds - before
            done.validation_s += done.last_validation_s
        now_s, since_s = self.seconds, self.history[-1].seconds if self.history else 0.0
        self.history.append(
            Epoch(
                epoch=len(self.history) + 1,
                seconds=round(now_s, 2),
                images=done.images,
                learning_rate=self._find_rate(),
                loss=float(np.mean(done.losses)),
                movement_px=self._finder.movement_px,
                exact=choice.exact if choice else None,
                characters=choice.characters if choice else None,
                threshold=choice.options.threshold if choice else None,
                waiting=round(done.waited_s / max(1e-3, now_s - since_s), 4),
            )
        )

    def _tell(self, watch: Watch) -> None:
        """The line that moves and, once, what this machine makes of the budget."""
        done, share, now_s = self._done, self._find_share(), self.seconds
        watch.move(share, describe_progress(done, self.history, share, now_s, len(self._validation)))
        if done.steps == _SLOW_STEPS:
            done.timed_from = now_s, done.images
        if done.steps == _SLOW_STEPS + _TIMED_STEPS:
            speed = (done.images - done.timed_from[1]) / max(1e-3, now_s - done.timed_from[0])
            usual = USUAL_IMAGES if self.settings.generator is None else USUAL_DRAWN_IMAGES
            images = self._schedule.expect_images(speed, done.images, now_s)
            watch.say(describe_speed(speed, images, usual))
            if self.settings.batch_size is None:
                self.chosen["batch_size"] = find_batch_size(images)  # from the next epoch on

    def _find_rate(self) -> float:
        return self._schedule.find_rate(self._done.steps - self._done.steps_before, self._find_share())

    def _make_schedule(self, done: Progress) -> Schedule:
        return done.make_schedule(self.settings, self.dataset.epoch_images, float(self.chosen["learning_rate"]))

    def _make_finder(self) -> CentreFinder:
        flat_images = FLAT_IMAGES if self._align else float("inf")
        return CentreFinder(self._network, len(self.dataset.alphabet), self.dataset.stride, flat_images)

    def _get_optimiser_state(self) -> list[npt.NDArray[Any]]:
        return [keras.ops.convert_to_numpy(variable) for variable in self._network.optimizer.variables]

    def _set_network(self, weights: list[npt.NDArray[Any]], optimiser: list[npt.NDArray[Any]]) -> None:
        self._network.set_weights(weights)
        for variable, value in zip(self._network.optimizer.variables, optimiser, strict=True):
            variable.assign(value)
