from itertools import pairwise

import numpy as np

from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import rippled
from fcn_captcha.synthesis.rippled import Rippled


def test_the_ground_is_a_ramp_and_the_curves_cross_it() -> None:
    sample = Rippled()(np.random.default_rng(0))
    assert sample.image.shape == (50, 200, 3)
    assert sample.image[0, 0, 0] < 200
    assert sample.image[-1, -1, 0] > 250
    assert (sample.image[:, 150:175, 0] < 120).any(axis=0).all(), "the long curve reaches nine tenths of the width"


def test_a_curve_is_as_few_pieces_as_keep_close_to_it() -> None:
    straight = np.array([(0, 0), (10, 5), (20, 10), (100, 50)], float)
    assert len(rippled._flatten(straight)) == 2
    bent = np.array([(0, 0), (0, 40), (100, 40), (100, 0)], float)
    points = np.array(rippled._flatten(bent))
    np.testing.assert_array_equal(points[[0, -1]], bent[[0, -1]])
    t = np.linspace(0, 1, 500)[:, None]
    curve = (1 - t) ** 3 * bent[0] + 3 * t * (1 - t) ** 2 * bent[1] + 3 * t**2 * (1 - t) * bent[2] + t**3 * bent[3]
    between = np.concatenate([np.linspace(a, b, 200) for a, b in pairwise(points)])
    away = np.hypot(*(curve[:, None] - between[None]).transpose(2, 0, 1)).min(axis=1)
    assert 3 <= len(points) <= 9
    assert away.max() < 2


def test_each_character_has_a_font_of_its_own() -> None:
    """A word of one letter, without curves or water, is drawn in glyphs of two widths."""
    make = Rippled(length="5", alphabet="m", fonts="DejaVuSans-Bold,DejaVuSansMono-Bold", narrowest=1)
    widths = {round(float(w)) for i in range(9) for s in [make(np.random.default_rng(i))] for w in np.ptp(boxes(s), 1)}
    assert max(widths) > 1.3 * min(widths)


def boxes(sample: Sample) -> np.ndarray:
    """Left and right edges, (n, 2)."""
    assert sample.boxes is not None
    return sample.boxes[:, [0, 2]]
