from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow
from conftest import write_images
from PIL import Image
from recorder import Array, Notebook, Recorder, Shown, make_weights, record

from fcn_captcha.console.progress import Watch
from fcn_captcha.model.backend import find_precision
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.training import dataset as dataset_module
from fcn_captcha.training import progress
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.progress import DivergedError
from fcn_captcha.training.settings import Settings

QUICK: dict[str, Any] = {"epochs": 2, "epoch_images": 32, "batch_size": 16}


class Clock:
    """A second passes whenever it is asked."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 1
        return self.now_s


def make_loop(data: Path, clock: Any = Clock, align: bool = True, **change: Any) -> Loop:
    settings = Settings(data=str(data), **{**QUICK, **change})
    return Loop(make_dataset(settings), settings, 0.0, clock(), align)


# --- what is shown ---------------------------------------------------------------------------------


def show(monkeypatch: pytest.MonkeyPatch, data: Path, **change: Any) -> list[Shown]:
    """What a training of these settings shows its network."""
    made = record(monkeypatch)
    make_loop(data, **change).run(Watch(quiet=True))
    return made[0].shown


def test_the_same_seed_shows_the_same_and_each_setting_of_the_data_changes_it(
    monkeypatch: pytest.MonkeyPatch, images: Path
) -> None:
    monkeypatch.setattr(dataset_module, "_GENERATED_PART", 50)

    def tell(**change: Any) -> list[tuple[object, ...]]:
        return [step.content for step in show(monkeypatch, images, **change)]

    first = tell()
    assert first == tell()
    changes: list[dict[str, Any]] = [
        {"seed": 1},
        {"augmentation": 0.0},
        {"sigma_across": 3.0},
        {"sigma_down": 1.0},
        {"batch_size": 8},
        {"epochs": 3},
        {"epochs": None, "images": 100},
        {"epoch_images": 48},
        {"limit": 20},
        {"fold": 4},
        {"alphabet": "2345678bcdefgmnpwxyz"},
        {"label_pattern": "(.).*"},
        {"generator": "plain"},
        {"generator": "coalesced"},
        {"generator": "coalesced", "generator_options": "length=3 alphabet=234bcd"},
        {"generator": "plain", "generated_share": 0.9},
    ]
    seen = [first]
    for change in changes:
        other = tell(**change)
        assert other not in seen, change
        seen.append(other)


def test_gaussians_are_broader_while_centres_are_those_of_a_flat_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def measure(data: Path, **change: Any) -> float:
        """The mass of a character's Gaussian."""
        shown = show(monkeypatch, data, augmentation=0.0, **change)
        return sum(float(step.maps.sum()) for step in shown) / sum(int((step.maps > 0.7).any()) for step in shown)

    write_images(tmp_path / "unknown", 40)
    write_images(tmp_path / "known", 40, centres=True)
    flat, known = measure(tmp_path / "unknown"), measure(tmp_path / "known")
    assert flat > 1.3 * known
    assert measure(tmp_path / "unknown", align=False) == pytest.approx(known, rel=0.1)
    assert measure(tmp_path / "unknown", sigma_across=3.0) == pytest.approx(1.5 * flat, rel=0.1)


# --- how long --------------------------------------------------------------------------------------


def test_images_are_a_budget(monkeypatch: pytest.MonkeyPatch, images: Path) -> None:
    record(monkeypatch)
    loop = make_loop(images, epochs=None, epoch_images=None, images=100)
    assert not loop.run(Watch(quiet=True))
    assert loop.history[-1].images == 112  # whole batches of 16
    assert loop.history[-1].learning_rate == 0


def test_minutes_are_a_budget_by_a_clock_that_is_passed_in(monkeypatch: pytest.MonkeyPatch, images: Path) -> None:
    record(monkeypatch)
    loop = make_loop(images, epochs=None, epoch_images=None, minutes=5)
    loop.run(Watch(quiet=True))
    assert 240 < loop.seconds < 330
    assert loop.history[-1].learning_rate == 0


@pytest.mark.parametrize(("step_s", "later"), [(2, 8), (0.3, 16)])
def test_where_the_minutes_pay_for_few_images_batches_are_small_as_soon_as_that_is_known(
    monkeypatch: pytest.MonkeyPatch, images: Path, step_s: float, later: int
) -> None:
    clock = Clock()

    class Timed(Recorder):
        def train_on_batch(self, ink: Array, maps: Array) -> float:
            clock.now_s += step_s
            return super().train_on_batch(ink, maps)

    made = record(monkeypatch, kind=Timed)
    budget: dict[str, Any] = {"epochs": None, "minutes": 5, "epoch_images": 640, "batch_size": None}
    loop = make_loop(images, lambda: lambda: clock.now_s, augmentation=0.0, **budget)
    loop.run(Watch(quiet=True))
    sizes = [len(shown.ink) for shown in made[0].shown]
    assert set(sizes[:40]) == {16}
    assert set(sizes[40:]) == {later}
    assert loop.chosen["batch_size"] == later


def test_readings_of_the_validation_part_take_a_small_share_of_the_time_and_the_last_epoch_is_read(
    monkeypatch: pytest.MonkeyPatch, images: Path
) -> None:
    clock = Clock()

    class Slow(Recorder):
        def train_on_batch(self, ink: Array, maps: Array) -> float:
            clock.now_s += 4
            return super().train_on_batch(ink, maps)

        def predict_on_batch(self, ink: Array) -> Array:
            clock.now_s += 2
            return super().predict_on_batch(ink)

    record(monkeypatch, kind=Slow)
    loop = make_loop(images, lambda: lambda: clock.now_s, epochs=None, epoch_images=16, minutes=10, augmentation=0.0)
    loop.run(Watch(quiet=True))
    measured = [epoch.epoch for epoch in loop.history if epoch.exact is not None]
    assert measured[0] == 1
    assert measured[-1] == len(loop.history) > 50
    assert 3 <= len(measured) <= 6
    assert 500 < loop.seconds <= 600


def test_ctrl_c_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch, images: Path) -> None:
    class Impatient(Notebook):
        def move(self, share: float, line: str) -> None:
            super().move(share, line)
            if len(self.moves) == 5:
                raise KeyboardInterrupt

    record(monkeypatch)
    loop, watch = make_loop(images, epochs=50), Impatient()
    assert loop.run(watch)
    assert watch.lines == ["stopped; keeping the best so far"]
    assert len(loop.history) == 2  # two steps of 16 an epoch: it ended in the third
    wanted = make_weights(1, len(loop.dataset.alphabet), steps=4)
    assert all((a == b).all() for a, b in zip(loop.make_best().get_weights(), wanted, strict=True))


def test_it_ends_when_all_is_read_if_asked_to(monkeypatch: pytest.MonkeyPatch, images: Path) -> None:
    made = record(monkeypatch)
    loop = make_loop(images)
    loop.validation.best = (1.0, 1.0)
    assert not loop.run(Watch(quiet=True), until_perfect=True)
    assert not made[0].shown
    loop.run(Watch(quiet=True))
    assert len(made[0].shown) == 4


def test_a_loss_that_is_no_number_ends_it_with_what_to_try(monkeypatch: pytest.MonkeyPatch, images: Path) -> None:
    record(monkeypatch, loss=float("nan"))
    watch = Notebook()
    told = r"diverged: the loss is nan after 3 steps; try a learning_rate below 0\.00033"
    with pytest.raises(DivergedError, match=told):
        make_loop(images).run(watch)
    assert [line for line in watch.lines if "anew" in line] == [
        f"warning: after {16 * n} images training diverged: the loss is nan after {n} steps: "
        f"beginning anew, with other weights and a learning rate of {rate}"
        for n, rate in ((1, "0.001"), (2, "0.00033"))
    ]


def test_where_nothing_is_read_it_begins_anew_with_what_is_left_of_the_budget(
    monkeypatch: pytest.MonkeyPatch, images: Path
) -> None:
    made, watch = record(monkeypatch), Notebook()
    monkeypatch.setattr(progress, "_STUCK_IMAGES", 64)
    loop = make_loop(images, epochs=10)
    assert not loop.run(watch)
    assert [line for line in watch.lines if "anew" in line] == [
        f"warning: after {n} images nothing is read yet: "
        f"beginning anew, with other weights and a learning rate of {rate}"
        for n, rate in ((96, "0.001"), (160, "0.00033"))
    ]
    rates = [shown.rate for shown in made[0].shown]
    assert len(rates) == 20  # steps of 16: the budget of 320 images is what it was
    assert rates[-1] < 1e-4
    assert max(rates[6:10]) > 2 * max(rates[10:])
    assert loop.state()["progress"]["attempts"] == 2
    late = make_loop(images, epochs=10)
    late.restore(loop.state())
    assert late.state()["progress"] == loop.state()["progress"]


# --- what is told ----------------------------------------------------------------------------------


def test_the_line_that_moves_and_the_one_that_tells_the_speed(monkeypatch: pytest.MonkeyPatch, images: Path) -> None:
    record(monkeypatch)
    watch, loop = Notebook(), make_loop(images, epochs=20)
    loop.run(watch)
    shares = [share for share, _ in watch.moves]
    assert len(shares) == 40
    assert shares == pytest.approx(np.arange(1, 41) / 40)
    assert watch.moves[0][1].startswith("epoch 1  loss 1.00  ")
    assert f"epoch 2  loss 1.00  exact match 0.0 % of {len(loop.validation)}  " in watch.moves[2][1]
    assert watch.moves[-1][1].endswith("  0 s left")
    (line,) = watch.lines
    assert line.startswith("this machine trains at ")
    assert "640 images in " in line
    assert "fewer than the 8,000 of a usual result" in line


def test_each_epoch_is_a_row(monkeypatch: pytest.MonkeyPatch, images: Path) -> None:
    record(monkeypatch, loss=2.5)
    loop = make_loop(images, epochs=3)
    loop.run(Watch(quiet=True))
    assert [(e.epoch, e.images, e.loss, e.exact, e.movement_px) for e in loop.history] == [
        (n, 32 * n, 2.5, 0.0, None) for n in (1, 2, 3)
    ]
    seconds = [e.seconds for e in loop.history]
    assert seconds == sorted(seconds)
    assert all(0 <= e.waiting <= 1 for e in loop.history)


# --- the network -----------------------------------------------------------------------------------


@pytest.fixture
def _without_graphs() -> Iterator[None]:
    """Steps are taken one operation at a time: no graph is built for the few there are."""
    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


def train_weights(data: Path, **change: Any) -> list[Array]:
    loop = make_loop(data, **change)
    loop.run(Watch(quiet=True))
    weights: list[Array] = loop.make_best().get_weights()
    return weights


@pytest.mark.usefixtures("_without_graphs")
def test_the_same_settings_train_the_same_weights_and_each_of_the_network_s_changes_them(tmp_path: Path) -> None:
    make = find_generator("image-captcha", "width=32 height=16 alphabet=abc length=2")
    for i, sample in enumerate(islice(stream(make, 0), 40)):
        Image.fromarray(sample.image).save(tmp_path / f"{sample.text}-{i}.png")
    first, again = train_weights(tmp_path), train_weights(tmp_path)
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(first, again, strict=True))
    changes: list[dict[str, Any]] = [
        {"learning_rate": 1e-4},
        {"weight_decay": 0.5},
        {"optimiser": "adamw"},
        {"precision": "float32" if find_precision() == "bfloat16" else "bfloat16"},
        {"seed": 1, "augmentation": 0.0},
    ]
    for change in changes:
        other = train_weights(tmp_path, **change)
        assert not all(np.allclose(a, b, atol=1e-6) for a, b in zip(first, other, strict=True)), change
    assert len(train_weights(tmp_path, architecture="classic")) != len(first)
