import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.synthesis.warp import Warp


def make_matrix(scale: float, turn: float, tilt: float) -> np.ndarray:
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[c, -s, 12.0], [s, c, 7.0], [tilt, -tilt, 1.0]])


@given(
    st.floats(0.6, 1.5),
    st.floats(-0.4, 0.4),
    st.floats(-0.002, 0.002),
    st.floats(0, 5),
    st.floats(0, 5),
    st.floats(0, 6),
)
def test_a_carried_point_comes_from_where_it_was(
    scale: float, turn: float, tilt: float, across: float, down: float, phase: float
) -> None:
    warp = Warp(make_matrix(scale, turn, tilt), (across, 40.0, phase), (down, 60.0, phase / 2))
    points = np.array([(5.0, 6.0), (60.0, 20.0), (100.0, 3.0), (33.3, 41.7)])
    x, y = warp.carry(points).T
    u = x + across * np.sin(2 * np.pi * y / 40 + phase)
    v = y + down * np.sin(2 * np.pi * x / 60 + phase / 2)
    aims = np.column_stack([points, np.ones(4)]) @ warp.matrix.T
    np.testing.assert_allclose(np.stack([u, v], axis=1), aims[:, :2] / aims[:, 2:], atol=1e-3)


def test_pixels_go_where_points_are_carried() -> None:
    warp = Warp(make_matrix(0.9, 0.2, 0.001), (2.0, 50.0, 1.0), (3.0, 80.0, 2.0))
    for point in ((20, 15), (70, 30), (45, 8)):
        source = np.zeros((50, 100), np.uint8)
        cv2.circle(source, point, 2, 255, -1)
        result = warp.apply(source, (120, 70)).astype(float)
        y, x = np.mgrid[:70, :120]
        spot = (x * result).sum() / result.sum(), (y * result).sum() / result.sum()
        np.testing.assert_allclose(spot, warp.carry(np.array([point], dtype=float))[0], atol=0.2)


def test_waves_that_fold_are_refused() -> None:
    with pytest.raises(ValueError, match="waves: amplitude must stay below"):
        Warp(np.eye(3), (10.0, 40.0, 0.0))
