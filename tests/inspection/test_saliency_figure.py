import numpy as np
from averaging import look_at_squares
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from fcn_captcha.inspection.saliency import Saliency
from fcn_captcha.inspection.saliency_figure import plot_curves, plot_saliency
from fcn_captcha.inspection.spot import Spot

SPOT = Spot(np.outer(*[np.array([0.01, 0.1, 0.5, 1, 0.5, 0.1, 0.01])] * 2), (3.0, 3.0))


def make_found(count: int) -> list[Saliency]:
    view = look_at_squares()
    kept, change = np.ones(4, np.float32), np.full(4, 2, np.float32)
    return [Saliency(view.ink * np.float32(0.5), view.maps, view.maps, kept, change) for _ in range(count)]


def find_square(axes: Axes) -> Rectangle:
    return next(patch for patch in axes.patches if isinstance(patch, Rectangle))


def test_one_character_has_two_rows_and_several_a_row_each() -> None:
    view = look_at_squares()
    one = plot_saliency([(view, view.detections[0])], make_found(1), SPOT)
    both = plot_saliency([(view, d) for d in view.detections], make_found(2), SPOT)
    assert [len(figure.axes) for figure in (one, both)] == [4, 8]
    assert [axes.get_title(loc="left") for axes in both.axes[:5]] == [
        "image",
        "what remains of its ink",
        "maps before",
        "maps after",
        "",
    ]
    assert [axes.get_ylabel() for axes in both.axes[::4]] == ["1: 7", "2: 7"]
    assert "35 % and 3 %" in one.get_supxlabel()


def test_the_square_lies_around_the_character() -> None:
    view = look_at_squares()
    figure = plot_saliency([(view, view.detections[1])], make_found(1), SPOT)
    square = find_square(figure.axes[1])
    assert square.get_xy() == (49.5 - 3.5, 17.5 - 3.5)
    assert (square.get_width(), square.get_height()) == (7, 7)


def test_the_curves_hold_both_terms_of_each_character() -> None:
    view = look_at_squares()
    axes = plot_curves([(view, d) for d in view.detections], make_found(2)).axes[0]
    curves = [np.asarray(line.get_ydata(), float) for line in axes.lines]
    drawn = [curve[0] for curve in curves if len(curve)]
    assert drawn == [2, 1, 2, 1]
    assert axes.get_yscale() == "log"
