import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.maps import geometry

points = st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), max_size=5)


@given(points, st.sampled_from([1, 2, 4, 8]))
def test_cells_and_pixels_invert_each_other(some: list[tuple[float, float]], stride: int) -> None:
    pixels = np.array(some).reshape(-1, 2)
    back = geometry.cells_to_pixels(geometry.pixels_to_cells(pixels, stride), stride)
    np.testing.assert_allclose(back, pixels, atol=1e-9)


def test_a_cell_lies_in_the_middle_of_its_pixels() -> None:
    assert geometry.cells_to_pixels([0, 1], 4).tolist() == [1.5, 5.5]


@pytest.mark.parametrize(("size", "expected"), [(1, 4), (4, 4), (5, 8), (50, 52), (200, 200)])
def test_padded_size(size: int, expected: int) -> None:
    assert geometry.padded_size(size, 4) == expected


@given(points)
def test_invert_affine(some: list[tuple[float, float]]) -> None:
    matrix = np.array([[0.9, 0.2, 7.0], [-0.3, 1.4, -11.0]])
    moved = geometry.apply_affine(matrix, some)
    np.testing.assert_allclose(
        geometry.apply_affine(geometry.invert_affine(matrix), moved), np.array(some).reshape(-1, 2), atol=1e-8
    )


@pytest.mark.parametrize("factor", [0.5, 0.25, 2.0])
def test_scaling_is_where_opencv_puts_things(factor: float) -> None:
    image = np.zeros((64, 96), np.float32)
    image[24:32, 40:56] = 1  # its middle is (47.5, 27.5)
    size = round(96 * factor), round(64 * factor)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    rows, columns = np.indices(small.shape)
    middle = (columns * small).sum() / small.sum(), (rows * small).sum() / small.sum()
    np.testing.assert_allclose(
        geometry.apply_affine(geometry.make_scaling(factor, factor), [(47.5, 27.5)])[0], middle, atol=0.05
    )


def test_composed_maps_do_one_after_the_other() -> None:
    first, second = np.array([[2.0, 1, 3], [0, 1, -2]]), np.array([[0.0, -1, 5], [1, 0, 7]])
    points = np.array([(1.0, 2.0), (-4.0, 0.5)])
    expected = geometry.apply_affine(second, geometry.apply_affine(first, points))
    np.testing.assert_allclose(geometry.apply_affine(geometry.compose_affine(second, first), points), expected)
