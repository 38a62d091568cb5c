from typing import Any

import numpy as np
import pytest

from fcn_captcha.synthesis.colour import Colour

PLAIN: dict[str, Any] = {"fonts": "DejaVuSans-Bold", "lines": "0"}


def test_a_font_and_colours_on_white_and_lines_in_black() -> None:
    sample = Colour(**PLAIN, length="1", alphabet="I", rotation_deg=0.0)(np.random.default_rng(5))
    colours, counts = np.unique(sample.image.reshape(-1, 3), axis=0, return_counts=True)
    assert colours[counts.argmax()].tolist() == [255, 255, 255]
    ink = sample.image[np.abs(sample.image.astype(int) - 255).max(axis=2) > 0]
    for share in (255 - ink.astype(float)) / (255 - ink.min(axis=0)):
        assert np.ptp(share) < 0.05, "every pixel lies between white and one colour"
    crossed = Colour(fonts="DejaVuSans-Bold", lines="9")(np.random.default_rng(5))
    assert (crossed.image == 0).all(axis=2).sum() > 200


def test_each_character_has_a_colour_of_its_own() -> None:
    sample = Colour(**PLAIN, length="6", alphabet="I", rotation_deg=0.0)(np.random.default_rng(3))
    assert sample.centres is not None
    colours = {tuple(sample.image[y, x].tolist()) for x, y in sample.centres.round().astype(int)}
    assert len(colours) == 6


def test_its_width_follows_the_text_and_all_of_it_scales_with_the_height() -> None:
    def measure(length: str, height: int) -> tuple[float, float]:
        make = Colour(**PLAIN, length=length, height=height, alphabet="0")
        samples = [make(np.random.default_rng(seed)) for seed in range(40)]
        assert {s.image.shape[0] for s in samples} == {height}
        boxes = np.vstack([s.boxes for s in samples if s.boxes is not None])
        return float(np.mean([s.image.shape[1] for s in samples])), float((boxes[:, 3] - boxes[:, 1]).mean())

    short, long, double = measure("2", 80), measure("8", 80), measure("2", 160)
    assert long[0] > 2 * short[0]
    assert double[0] / short[0] == pytest.approx(2, rel=0.1)
    assert double[1] / short[1] == pytest.approx(2, rel=0.1)


def test_characters_turn_in_half_of_the_images_and_by_no_more_than_asked() -> None:
    def widths(rotation_deg: float) -> np.ndarray:
        make = Colour(**PLAIN, length="5", alphabet="l", rotation_deg=rotation_deg)
        boxes = [make(np.random.default_rng(seed)).boxes for seed in range(60)]
        shapes = np.array([(b[:, 2:] - b[:, :2]) for b in boxes if b is not None])
        return np.asarray(shapes[..., 0] / shapes[..., 1])

    upright = widths(0.0).max()
    slight, turned = widths(10.0), widths(90.0)
    assert slight.max() < upright + np.tan(np.deg2rad(10)) + 0.1
    leaning = (turned > upright + 0.1).any(axis=1).mean()
    assert 0.25 < leaning < 0.75
    assert turned.max() > 2, "as good as lying"


@pytest.mark.parametrize("lines", ["many", "3-1", "-1"])
def test_lines_that_are_no_range_are_named(lines: str) -> None:
    with pytest.raises(ValueError, match=rf"lines: .* got '{lines}'"):
        Colour(lines=lines)
