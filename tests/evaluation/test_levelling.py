import numpy as np

from fcn_captcha.data.deskew import Midline
from fcn_captcha.evaluation.levelling import plot_levelling
from fcn_captcha.maps.transform import Curve


def test_the_midline_is_drawn_where_it_lies() -> None:
    image = np.full((60, 120, 3), 255, np.uint8)
    figure = plot_levelling(image, Midline(30.0, 20.0, (60.0, 30.0), 40.0), 28.0)
    above, below, middle = (np.asarray(line.get_xydata(), float) for line in figure.axes[0].lines)
    centre, half = np.array((60, 30)), 20 * np.array([np.cos(np.pi / 6), 0.5])
    np.testing.assert_allclose(middle, [centre - half, centre + half])
    np.testing.assert_allclose(np.linalg.norm(above - middle, axis=1), 10)
    assert (above[:, 1] < below[:, 1]).all()
    assert figure.axes[0].get_title(loc="left") == "midline at +30.0°"


def test_where_nothing_was_done_the_reason_stands_below() -> None:
    figure = plot_levelling(np.zeros((20, 30, 3), np.uint8), Midline(reason="why"), 28.0)
    assert figure.get_supxlabel() == "why"
    assert not figure.axes[0].lines


def test_a_curved_midline_is_drawn_curved() -> None:
    image = np.full((60, 120, 3), 255, np.uint8)
    midline = Midline(0.0, 20.0, (60.0, 30.0), 40.0, curve=Curve(0.0, 20.0, (0.0, 0.0, 6.0)))
    figure = plot_levelling(image, midline, 28.0)
    x, y = np.asarray(figure.axes[0].lines[2].get_xydata(), float).T
    assert (x[0], x[-1]) == (40, 80)
    np.testing.assert_allclose(y, 30 + 6 * ((x - 60) / 20) ** 2)
    assert figure.get_supxlabel().startswith("Orange: the midline, 6.0 px from its chord.")
    assert figure.axes[1].get_title(loc="left") == "straightened"
