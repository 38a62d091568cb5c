import numpy as np
import pytest
from averaging import CONFIG, draw_squares, look_at_squares, make_averaging

from fcn_captcha.inspection.minimisation import Minimisation
from fcn_captcha.inspection.saliency import Saliency, minimise
from fcn_captcha.inspection.view import Case, look


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    view = look_at_squares()
    return [(view, detection) for detection in view.detections]


@pytest.fixture(scope="module")
def found(cases: list[Case]) -> list[Saliency]:
    return minimise(make_averaging(), cases, Minimisation(tolerance=0))


def test_the_least_ink_is_found_where_it_can_be_worked_out(cases: list[Case], found: list[Saliency]) -> None:
    # 16 equal pixels v make the maps v and 0.3 v: 0.1·16·v² + (v − 1)² + (0.3 v)² is least at 1 / 2.69.
    for (x, y), saliency in zip([(3, 2), (12, 4)], found, strict=True):
        expected = np.zeros((32, 72, 1))
        expected[4 * y : 4 * y + 4, 4 * x : 4 * x + 4] = 1 / 2.69
        np.testing.assert_allclose(saliency.ink, expected, atol=1e-4)
        assert saliency.kept == pytest.approx(1 / 2.69, abs=1e-4)
        assert saliency.target.sum() == pytest.approx(1, abs=1e-5)
        assert np.argwhere(saliency.target).tolist() == [[y, x, 0]]


def test_the_defaults_end_within_a_hundredth_of_the_least_sum(cases: list[Case], found: list[Saliency]) -> None:
    for early, late in zip(minimise(make_averaging(), cases), found, strict=True):
        assert len(early.ink_curve) < 100
        assert early.ink_curve[-1] + early.map_curve[-1] == pytest.approx(1 - 1 / 2.69, rel=0.01)
        assert late.ink_curve[-1] + late.map_curve[-1] == pytest.approx(1 - 1 / 2.69, rel=1e-4)


def test_the_curves_are_both_terms_from_the_image_to_the_end(found: list[Saliency]) -> None:
    for saliency in found:
        assert saliency.ink_curve[0] == pytest.approx(0.1 * 32), "two squares"
        assert saliency.map_curve[0] == pytest.approx(1 + 2 * 0.09, rel=1e-4), "the other square and both as k"
        assert saliency.ink_curve[-1] == pytest.approx(1.6 / 2.69**2, rel=1e-3)
        assert saliency.ink_curve.shape == saliency.map_curve.shape
        assert (saliency.ink >= 0).all()
        assert (saliency.ink <= 1).all()


def test_no_answer_depends_on_what_else_is_explained(cases: list[Case], found: list[Saliency]) -> None:
    other = look(make_averaging(), CONFIG, [draw_squares()[:, :40]])[0]
    mixed = minimise(make_averaging(), [(other, other.detections[0]), cases[1]], Minimisation(steps=20, tolerance=0))
    alone = minimise(make_averaging(), [cases[1]], Minimisation(steps=20, tolerance=0))
    np.testing.assert_allclose(mixed[1].ink, alone[0].ink, atol=1e-6)
    assert mixed[0].ink.shape == (32, 40, 1)


@pytest.mark.parametrize(
    "changed",
    [
        Minimisation(weight=0.4),
        Minimisation(rate=0.01),
        Minimisation(decay=0.5),
        Minimisation(steps=3),
        Minimisation(tolerance=0.5),
    ],
)
def test_every_setting_changes_something(cases: list[Case], found: list[Saliency], changed: Minimisation) -> None:
    saliency = minimise(make_averaging(), cases[:1], changed)[0]
    assert np.abs(saliency.ink - found[0].ink).max() > 1e-3 or len(saliency.ink_curve) != len(found[0].ink_curve)
