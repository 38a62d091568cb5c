from fractions import Fraction

import pytest

from fcn_captcha.inspection.axis_field import AxisField, Window


def test_a_pixel_sees_itself() -> None:
    field = AxisField()
    assert (field.size_px, field.stride_px, field.offset_px, field.see(7)) == (1, Fraction(1), 0, (7, 7))


def test_a_kernel_of_3_after_a_pool_of_2() -> None:
    pooled = AxisField().look_through(Window(lambda k: [2 * k, 2 * k + 1], 1, 2))
    field = pooled.look_through(Window(lambda k: [k - 1, k, k + 1]))
    assert (field.size_px, field.stride_px, field.offset_px) == (6, Fraction(2), -2)
    assert field.see(3) == (4, 9)


def test_enlarged_maps_see_the_same_twice_and_a_kernel_after_them_more_or_less_in_turn() -> None:
    pooled = AxisField().look_through(Window(lambda k: [2 * k, 2 * k + 1], 1, 2))
    up = pooled.look_through(Window(lambda k: [k // 2], 2, 1))
    assert [up.see(k) for k in range(4)] == [(0, 1), (0, 1), (2, 3), (2, 3)]
    assert (up.period, up.stride_px) == (2, Fraction(1))
    after = up.look_through(Window(lambda k: [k, k + 1]))
    assert after.sizes_px == (2, 4)
    again = after.look_through(Window(lambda k: [2 * k, 2 * k + 1], 1, 2))
    assert (again.period, again.advance_px) == (1, 2)


def test_merged_maps_see_both_and_must_have_one_stride() -> None:
    one, two = AxisField((-3,), (0,), 2), AxisField((0, 1), (5, 5), 4)
    both = one.merge(two)
    assert [both.see(k) for k in range(2)] == [(-3, 5), (-1, 5)]
    with pytest.raises(ValueError, match="strides of 2 and 1 px"):
        one.merge(AxisField())
