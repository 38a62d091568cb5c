import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.maps import geometry
from fcn_captcha.maps.transform import Curve, Transform

points = st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), max_size=5)
curves = (
    st.builds(Curve, st.floats(-100, 300), st.floats(5, 300), st.lists(st.floats(-40, 40), max_size=4).map(tuple))
    | st.none()
)
MATRIX = np.array([[0.9, 0.2, 7.0], [-0.3, 1.4, -11.0]])


@given(points, curves)
def test_there_and_back_is_where_it_was(some: list[tuple[float, float]], curve: Curve | None) -> None:
    transform, before = Transform(MATRIX, curve), np.array(some).reshape(-1, 2)
    given_points = before.copy()
    np.testing.assert_allclose(transform.invert(transform.apply(before)), before, atol=1e-6)
    np.testing.assert_allclose(transform.apply(transform.invert(before)), before, atol=1e-6)
    np.testing.assert_array_equal(before, given_points)  # what was given is not changed


@given(points, curves, st.sampled_from([1, 2, 4, 8]))
def test_cells_are_those_of_the_result(some: list[tuple[float, float]], curve: Curve | None, stride: int) -> None:
    transform = Transform(MATRIX, curve)
    expected = geometry.pixels_to_cells(transform.apply(some), stride)
    np.testing.assert_allclose(transform.to_cells(stride).apply(some), expected, atol=1e-6)


def test_a_point_on_the_curve_comes_to_lie_on_a_line() -> None:
    arc = Curve(50.0, 40.0, (3.0, 0.0, -8.0))
    x = np.linspace(10, 90, 9)
    moved = Transform(np.eye(2, 3), arc).apply(np.column_stack([x, arc(x)]))
    np.testing.assert_allclose(moved, np.column_stack([x, np.zeros(9)]), atol=1e-12)


def test_a_curve_goes_on_straight_beyond_its_ends() -> None:
    curve = Curve(50.0, 40.0, (1.0, 0.0, 0.0, 8.0))
    assert curve([90, 100, 1050]).tolist() == pytest.approx([9, 9 + 10 * 24 / 40, 9 + 960 * 24 / 40])
    assert curve([10, 0]).tolist() == pytest.approx([-7, -7 - 10 * 24 / 40])


def test_sagitta_is_the_greatest_distance_from_the_chord() -> None:
    assert Curve(0.0, 30.0, (5.0, 2.0, -8.0)).sagitta == pytest.approx(8)
    assert Curve(0.0, 30.0, (5.0, 2.0)).sagitta == pytest.approx(0, abs=1e-9)
    assert Curve().sagitta == 0
    assert Curve(20.0, 30.0, (0.0, 0.0, -8.0)).scale(0.5) == Curve(10.0, 15.0, (0.0, 0.0, -4.0))
