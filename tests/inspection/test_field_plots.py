import io

import numpy as np

from fcn_captcha.inspection.distant_mark import Reach
from fcn_captcha.inspection.field_plots import draw_probe, draw_reaches
from fcn_captcha.inspection.impulse import measure_spot
from fcn_captcha.inspection.measures import measure_network
from fcn_captcha.inspection.trained_field import TrainedField
from fcn_captcha.model.network import make_network


def test_a_probe_is_drawn_with_and_without_a_trained_field() -> None:
    network = make_network("residual", 1, 2)
    found, spot = measure_network(network, "residual"), measure_spot(network)
    bell = np.exp(-(np.arange(-34.5, 35) ** 2) / 200)
    trained = TrainedField(9, np.outer(bell, bell), np.outer(bell, bell), (20, 30), 1.0)
    for field, panels in ((None, 2), (trained, 3)):
        figure = draw_probe(found, spot, field)
        figure.savefig(io.BytesIO())
        assert len(figure.axes) == panels
        assert figure.axes[0].get_title() == "spot of one bright pixel: 72 × 72 px"  # 18 cells of 4
        assert figure.axes[1].get_title() == "across: support 70 px"


def test_a_curve_a_network() -> None:
    figure = draw_reaches({8: Reach((4, 6), (1.0, 0.5), None), 12: Reach((4, 6, 8), (1.0, 1.0, 0.5), None)})
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["sees 8 px", "sees 12 px"]
