import numpy as np
import pytest

from fcn_captcha.data.band import fit_band, fit_curve

HEIGHT = 20.0


def make_bars(rise: np.ndarray, gap: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the pixels of upright bars, 20 px high and 8 px wide, each column lower by ``rise``."""
    points = [
        (x, y + rise[x]) for x in range(len(rise)) if x % (8 + gap) < 8 for y in np.arange(30, 30 + HEIGHT).tolist()
    ]
    x, y = np.array(points).T
    return x, y


@pytest.mark.parametrize("slope", [-0.2, 0.0, 0.1])
def test_a_band_has_the_slope_middle_and_height_of_its_bars(slope: float) -> None:
    found = fit_band(*make_bars(slope * np.arange(160)), HEIGHT)
    assert found is not None
    assert found.slope == pytest.approx(slope, abs=0.01)
    assert (found.first, found.last) == (0, 159)
    assert found.middle == pytest.approx(39.5 + slope * 79.5, abs=0.3)
    assert found.height == pytest.approx(HEIGHT, abs=2)


PLACE = np.linspace(-1, 1, 160)
BENT = {
    "arc": (12 * PLACE**2, (0.0, 0.0, 12.0, 0.0)),
    "S": (16 * PLACE**3 - 12 * PLACE, (0.0, -12.0, 0.0, 16.0)),
    "arc and slope": (-9 * PLACE**2 + 5 * PLACE, (0.0, 5.0, -9.0, 0.0)),
}


@pytest.mark.parametrize("name", BENT)
@pytest.mark.parametrize("cluttered", [False, True])
def test_a_curve_is_that_of_the_bars(name: str, cluttered: bool) -> None:
    rise, coefficients = BENT[name]
    x, y = make_bars(rise)
    if cluttered:  # a line that slants over the text and beyond
        line = np.arange(50, 110, 0.5)
        x, y = np.concatenate([x, line, line]), np.concatenate([y, line - 40, line - 39])
    curve = fit_curve(x, y, HEIGHT)
    assert curve is not None
    wanted = 39.5 + np.polynomial.polynomial.polyval(PLACE, coefficients)
    off = np.abs(curve(np.arange(160)) - wanted)
    assert off.mean() < (1.0 if cluttered else 0.4)
    assert curve.sagitta > 4


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.2])
def test_straight_bars_have_no_curve(slope: float) -> None:
    assert fit_curve(*make_bars(slope * np.arange(160)), HEIGHT) is None


def test_short_and_steep_text_has_no_curve() -> None:
    place = np.linspace(-1, 1, 55)
    assert fit_curve(*make_bars(6 * place**2), HEIGHT) is None
    longer = np.linspace(-1, 1, 70)
    assert fit_curve(*make_bars(6 * longer**2), HEIGHT) is not None
    assert fit_curve(*make_bars(60 * PLACE**2), HEIGHT) is None  # a slope of 1.5 at its ends


def test_where_there_is_no_text_there_is_no_band() -> None:
    x = np.arange(50.0)
    assert fit_band(x, 0 * x, HEIGHT) is None
    assert fit_curve(x, 0 * x, HEIGHT) is None
