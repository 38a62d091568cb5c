from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from fcn_captcha.maps.geometry import pixels_to_cells
from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.maps.transform import Transform
from fcn_captcha.training.centre_finder import CentreFinder
from fcn_captcha.training.examples import Example

CLASSES = 4


def make_world(seed: int = 0, bias_px: tuple[float, ...] = (0, 0, 0, 0)) -> tuple[list[Example], list[np.ndarray]]:
    """Examples with bars for characters, as wide as their class says, and the truth."""
    rng = np.random.default_rng(seed)
    half_widths = np.array([6, 8, 10, 12])
    examples, truth = [], []
    for k in range(60):
        channels = rng.integers(0, CLASSES, 5)
        x = 14 + np.cumsum(half_widths[channels] + np.concatenate([[0], half_widths[channels][:-1]]))
        y = rng.uniform(14, 22, 5)
        ink = np.zeros((36, 128, 1), np.float32)
        for left, middle, reach in zip(x, y, half_widths[channels], strict=True):
            ink[round(middle) - 6 : round(middle) + 7, round(left - reach) + 2 : round(left + reach) - 1] = 1
        examples.append(Example(f"{k}", ink, channels, None, False, Transform(np.eye(2, 3))))
        truth.append(np.column_stack([x, y]))
    return examples, truth


def make_finder(
    monkeypatch: pytest.MonkeyPatch, truth: list[np.ndarray], channels: list[np.ndarray], bias_px: np.ndarray
) -> CentreFinder:
    """A finder whose network sees every centre, but each class's off by ``bias_px``."""
    maps = [
        make_centre_maps(pixels_to_cells(t + np.column_stack([bias_px[c], 0 * c]), 4), c, (9, 32, CLASSES))
        for t, c in zip(truth, channels, strict=True)
    ]

    def iterate_maps(predict: object, inks: list[np.ndarray], stride: int) -> Iterator[tuple[int, np.ndarray]]:
        return reversed(list(enumerate(maps[: len(inks)])))  # in any order

    monkeypatch.setattr("fcn_captcha.training.centre_finder.make_predict", lambda network: None)
    monkeypatch.setattr("fcn_captcha.training.centre_finder.iterate_maps", iterate_maps)
    return CentreFinder(None, CLASSES, 4)


def test_flat_then_aligned_with_the_offsets_of_classes_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, truth = make_world()
    bias_px = np.array([5.0, -4, 3, -3])
    finder = make_finder(monkeypatch, truth, [e.channels for e in examples], bias_px)
    flat, _ = finder.find(examples, [], seen=0)
    assert not finder.aligned
    assert all(e.centres_px is not None for e in flat)
    again, _ = finder.find(flat, [], seen=1000)
    assert again[0].centres_px is flat[0].centres_px
    found, _ = finder.find(flat, [], seen=2000)
    assert finder.aligned
    assert finder.movement_px is not None
    errors = np.concatenate([e.centres_px - t for e, t in zip(found, truth, strict=True)])
    # A shift of all classes alike can't be told from gaps.
    errors[:, 0] -= errors[:, 0].mean()
    assert np.abs(errors[:, 0]).max() < 1.5
    assert np.median(np.abs(errors[:, 1])) <= 1


def test_known_centres_stay_and_later_images_are_aligned_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, truth = make_world()
    finder = make_finder(monkeypatch, truth, [e.channels for e in examples], np.zeros(CLASSES))
    known = [replace(e, centres_px=t + 3, known=True) for e, t in zip(examples, truth, strict=True)]
    real, generated = finder.find(known, examples, seen=5000)
    assert all(a.centres_px is b.centres_px for a, b in zip(real, known, strict=True))
    errors = np.concatenate([e.centres_px - t for e, t in zip(generated, truth, strict=True)])
    assert np.median(np.abs(errors)) < 1
    _, generated = finder.find(known, examples, seen=5100)
    assert np.median(np.abs(generated[0].centres_px - truth[0])) < 1


def test_a_stream_alone_is_flat_first_and_then_aligned_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, truth = make_world()
    finder = make_finder(monkeypatch, truth, [e.channels for e in examples], np.zeros(CLASSES))
    _, flat = finder.find([], examples, seen=1000)
    assert not finder.aligned
    for seen in (2000, 2010):
        _, found = finder.find([], examples, seen=seen)
        assert (finder.alignments, finder.movement_px) == (1, None)
        far, near = (
            np.concatenate([np.abs(e.centres_px - t) for e, t in zip(some, truth, strict=True)])
            for some in (flat, found)
        )
        assert np.median(near) < 1 < np.median(far[:, 0])


def test_a_finder_that_goes_on_finds_what_the_first_would_have_found(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, truth = make_world()
    channels, bias_px = [e.channels for e in examples], np.array([5.0, -4, 3, -3])
    finder = make_finder(monkeypatch, truth, channels, bias_px)
    flat, _ = finder.find(examples, [], seen=0)
    found, _ = finder.find(flat, [], seen=2000)
    state = finder.state()
    wanted, _ = finder.find(found, [], seen=3000)
    other = make_finder(monkeypatch, truth, channels, bias_px)
    other.restore(state)
    assert (other.alignments, other.movement_px, other.aligned) == (1, state["movement_px"], True)
    assert other.find(found, [], seen=2249)[0][0].centres_px is found[0].centres_px
    again, _ = other.find(found, [], seen=3000)
    assert (np.concatenate([e.centres_px for e in again]) == np.concatenate([e.centres_px for e in wanted])).all()
    assert other.movement_px == finder.movement_px
