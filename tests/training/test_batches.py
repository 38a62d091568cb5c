import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from fcn_captcha.maps.transform import Transform
from fcn_captcha.training.augmentation import Augmentation
from fcn_captcha.training.batches import Batch, iterate_batches, make_batch, prefetch
from fcn_captcha.training.examples import Example


def make_example(width: int = 50, height: int = 30, x: float = 20, name: str = "e") -> Example:
    """A soft spot at (x, 14) is the only character."""
    rows, columns = np.indices((height, width))
    spot = np.exp(-((columns - x) ** 2 + (rows - 14) ** 2) / 8).astype(np.float32)
    return Example(name, spot[:, :, None], np.array([1]), np.array([(x, 14.0)]), True, Transform(np.eye(2, 3)))


def test_an_example_of_an_endless_stream_is_shown_as_it_is() -> None:
    drawn = replace(make_example(), augmented=False)
    ink, _ = make_batch([drawn, make_example()], 4, 3, Augmentation(), (1.3, 2.6), np.random.default_rng(0))
    np.testing.assert_array_equal(ink[0, :30, :50], drawn.ink)
    assert (ink[1, :30, :50] != drawn.ink).any()


def test_a_batch_of_several_sizes_is_padded_with_background() -> None:
    examples = [make_example(), make_example(width=61, height=33, x=40)]
    ink, maps = make_batch(examples, 4, 3, Augmentation(0), (1.3, 2.6), np.random.default_rng(0))
    assert ink.shape == (2, 36, 64, 1)
    assert maps.shape == (2, 9, 16, 3)
    np.testing.assert_array_equal(ink[0, :30, :50], examples[0].ink)
    assert not ink[0, 30:].any()
    assert not ink[0, :, 50:].any()
    peak = np.unravel_index(maps[1, :, :, 1].argmax(), maps.shape[1:3])
    np.testing.assert_array_equal(peak, (3, 10))  # (14 + 0.5) / 4 - 0.5 and (40 + 0.5) / 4 - 0.5, rounded
    assert not maps[:, :, :, [0, 2]].any()
    with pytest.raises(ValueError, match="no centres yet"):
        make_batch([replace(examples[0], centres_px=None)], 4, 3, Augmentation(0), (1, 1), np.random.default_rng(0))


def test_an_epoch_shows_each_example_once_and_pads_little() -> None:
    rng = np.random.default_rng(0)
    examples = [make_example(width=int(w), x=10) for w in rng.integers(40, 200, 100)]
    batches = list(iterate_batches(examples, 8, 4, 2, Augmentation(0), (1.3, 2.6), rng))
    assert sum(len(ink) for ink, _ in batches) == 100
    shown = sum(ink.shape[0] * ink.shape[2] for ink, _ in batches)
    assert shown < 1.25 * sum(e.ink.shape[1] for e in examples)
    widths = [ink.shape[2] for ink, _ in batches]
    assert widths != sorted(widths)


def test_the_same_seed_gives_the_same_batches() -> None:
    examples = [make_example(x=float(x)) for x in range(8, 40)]

    def make(seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        return [ink for ink, _ in iterate_batches(examples, 8, 4, 2, Augmentation(), (1.3, 2.6), rng)]

    assert all((a == b).all() for a, b in zip(make(5), make(5), strict=True))
    assert not all((a == b).all() for a, b in zip(make(5), make(6), strict=True))


def make_numbered(number: int) -> Batch:
    return np.full((1, 4, 8, 1), number, np.float32), np.zeros((1, 1, 2, 3), np.float32)


def test_prefetch_keeps_order_raises_errors_and_stops_when_left() -> None:
    assert [ink.max() for ink, _ in prefetch(map(make_numbered, range(20)))] == list(range(20))

    def fail() -> Iterator[Batch]:
        yield make_numbered(1)
        raise RuntimeError("bad image")

    with pytest.raises(RuntimeError, match="bad image"):
        list(prefetch(fail()))
    endless = prefetch(map(make_numbered, count()))
    next(endless)
    assert isinstance(endless, Generator)
    endless.close()
    assert not [t for t in threading.enumerate() if t.name == "batches"]
