from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from fcn_captcha.training.augmentation import Augmentation


def make_spot() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Ink with a soft spot at (50, 14), and that centre."""
    rows, columns = np.indices((40, 80))
    spot = np.exp(-((columns - 50) ** 2 + (rows - 14) ** 2) / 8).astype(np.float32)
    return spot[:, :, None], np.array([(50.0, 14.0)])


def find_spot(ink: np.ndarray) -> tuple[float, float]:
    weight = np.where(ink[:, :, 0] > 0.2 * ink.max(), ink[:, :, 0], 0)
    rows, columns = np.indices(weight.shape)
    return float((columns * weight).sum() / weight.sum()), float((rows * weight).sum() / weight.sum())


NO_AUGMENTATION = Augmentation(
    rotation_deg=0,
    stretch=0,
    lean=0,
    shift=(0, 0),
    elastic_px=0,
    erased_share=0,
    blurred_share=0,
    gain=(1, 1),
    noise=0,
)


@pytest.mark.parametrize(
    "only",
    [
        {"rotation_deg": 12.0},
        {"stretch": 0.2},
        {"lean": 0.3},
        {"shift": (0.2, 0.2)},
        {"elastic_px": 1.0},
        {"blurred_share": 1.0},
        {"gain": (0.5, 1.5)},
        {"noise": 0.02},
    ],
)
def test_each_augmentation_changes_the_image_and_takes_the_centres_along(only: dict[str, Any]) -> None:
    augmentation = replace(NO_AUGMENTATION, **only)
    ink0, centres0 = make_spot()
    rng = np.random.default_rng(1)
    moved = changed = 0.0
    for _ in range(20):
        ink, centres = augmentation.apply(ink0, centres0, rng)
        assert ink.shape == ink0.shape
        assert ink.dtype == np.float32
        changed = max(changed, float(np.abs(ink - ink0).max()))
        np.testing.assert_allclose(find_spot(ink), centres[0], atol=0.6)
        moved = max(moved, float(np.abs(centres - centres0).max()))
    assert changed > 0.01
    assert (moved > 1) == (next(iter(only)) not in ("blurred_share", "gain", "noise"))


def test_erased_strips_take_ink_away_and_leave_the_rest() -> None:
    ink0, centres0 = make_spot()
    ones = np.ones_like(ink0)
    rng = np.random.default_rng(0)
    for _ in range(20):
        ink, centres = replace(NO_AUGMENTATION, erased_share=1.0).apply(ones, centres0, rng)
        np.testing.assert_array_equal(centres, centres0)
        np.testing.assert_allclose(ink[ink > 0.01], 1, atol=1e-5)
        assert 20 < (ink == 0).sum() < 500
    assert ones.all(), "what was given stays whole"


def test_elastic_warp_carries_every_point_to_where_its_pixels_go() -> None:
    rng = np.random.default_rng(5)
    augmentation = replace(NO_AUGMENTATION, elastic_px=1.5, rotation_deg=8.0)
    for x, y in ((8, 8), (40, 20), (71, 31), (25, 12)):
        ink = np.zeros((40, 80, 1), np.float32)
        cv2.circle(ink, (x, y), 1, (1.0,), -1)
        moved, centres = augmentation.apply(ink, np.array([(x, y)], dtype=np.float64), rng)
        np.testing.assert_allclose(find_spot(moved), centres[0], atol=0.5)


def test_strength_zero_changes_nothing() -> None:
    ink0, centres0 = make_spot()
    ink, centres = Augmentation(0).apply(ink0, centres0, np.random.default_rng(0))
    np.testing.assert_array_equal(ink, ink0)
    np.testing.assert_array_equal(centres, centres0)
