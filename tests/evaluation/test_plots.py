import xml.etree.ElementTree as ET

import numpy as np
import pytest

from fcn_captcha.evaluation import plots
from fcn_captcha.evaluation.metrics import Share
from fcn_captcha.evaluation.reliability import measure_reliability
from fcn_captcha.maps import geometry
from fcn_captcha.maps.targets import make_centre_maps
from fcn_captcha.maps.transform import Transform


def test_a_figure_is_one_svg_element_without_a_prolog() -> None:
    figure, _ = plots.make_axes(4, 2)
    root = ET.fromstring(plots.make_svg(figure))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["width"] == "288pt", "4 inches"


def test_the_curves_of_a_training() -> None:
    loss = plots.plot_loss([1, 2, 4], [10, 1, 0.1]).axes[0]
    assert loss.get_yscale() == "log"
    np.testing.assert_array_equal(loss.lines[0].get_xydata(), [(1, 10), (2, 1), (4, 0.1)])
    accuracy = plots.plot_accuracy([1, 2], [0.5, 1], [0.9, 1]).axes[0]
    exact, characters = accuracy.lines
    np.testing.assert_array_equal(exact.get_ydata(), [50, 100])
    np.testing.assert_array_equal(characters.get_ydata(), [90, 100])
    assert [exact.get_label(), characters.get_label()] == ["exact match", "characters"]


@pytest.mark.parametrize("curve", [[(0.4, 1.0)], [(0.3, 0.5), (0.4, 0.97)], [(0.1, 0.0), (0.4, 0.0)]])
def test_all_of_the_threshold_curve_is_seen_and_the_chosen_one_marked(curve: list[tuple[float, float]]) -> None:
    figure = plots.plot_threshold(curve, 0.4)
    axes = figure.axes[0]
    low, high = axes.get_ylim()
    assert all(low < 100 * exact < high for _, exact in curve)
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), [0.4, 0.4])
    assert axes.texts[0].get_text() == " chosen: 0.4"
    plots.make_svg(figure)


@pytest.mark.parametrize(
    "shares", [{"a": Share(1, 1)}, {"a": Share(0, 9), "b": Share(9, 9)}, {str(i): Share(i, 200) for i in range(150)}]
)
def test_shares_stand_at_their_values_within_their_intervals(shares: dict[str, Share]) -> None:
    figure = plots.plot_shares(shares, "character", "read, %")
    axes = figure.axes[0]
    ((points, _, (bars,)),) = axes.containers
    np.testing.assert_allclose(points.get_ydata(), [100 * s.value for s in shares.values()])
    spans = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(spans, [np.multiply(100, s.interval) for s in shares.values()], atol=1e-9)
    assert axes.get_ylim()[0] < np.min(spans)
    assert 4 <= figure.get_figwidth() <= 14
    assert [label.get_text() for label in axes.get_xticklabels()] == list(shares)
    plots.make_svg(figure)


@pytest.mark.parametrize(("x", "y"), [(20.0, 9.0), (70.0, 28.0), (44.5, 18.5)])
def test_heat_is_brightest_at_the_centre_of_an_image_that_the_stride_does_not_divide(x: float, y: float) -> None:
    image = np.full((37, 90, 3), 255, np.uint8)
    ((cell_x, cell_y),) = geometry.pixels_to_cells(np.array([(x, y)]), 4)
    scores = make_centre_maps([(cell_x, cell_y)], [1], (10, 23, 3))
    heat = plots.draw_heat(image, scores, Transform(np.eye(2, 3)).to_cells(4))
    assert heat.shape == image.shape
    assert heat.dtype == np.uint8
    brightness = heat[:, :, :2].sum(axis=2, dtype=int)  # yellow, against violet
    top, left = np.unravel_index(brightness.argmax(), brightness.shape)
    assert abs(left - x) <= 2
    assert abs(top - y) <= 2
    flat = plots.draw_heat(image, np.zeros((10, 23, 3)), Transform(np.eye(2, 3)))
    assert (flat == flat[0, 0]).all()


def test_reliability_and_coverage_show_what_was_measured() -> None:
    found = measure_reliability([0.9] * 40 + [0.6] * 10, [True] * 38 + [False] * 2 + [True] * 5 + [False] * 5)
    axes = plots.plot_reliability(found.bins).axes[0]
    np.testing.assert_allclose(np.asarray(axes.collections[0].get_offsets(), np.float64), [(60, 50), (90, 95)])
    line = plots.plot_coverage(found.coverage).axes[0].lines[0]
    np.testing.assert_allclose(np.asarray(line.get_xydata(), np.float64), [(80, 95), (100, 86)])


def test_the_first_few_of_the_surest_are_not_drawn() -> None:
    sure = np.linspace(1, 0, 100).tolist()
    line = plots.plot_coverage(measure_reliability(sure, [False] + [True] * 99).coverage).axes[0].lines[0]
    assert np.asarray(line.get_xdata()).min() == 5
