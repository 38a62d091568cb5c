from pathlib import Path

import numpy as np
import pytest

from fcn_captcha.evaluation import evaluate, make_places, place_on_canvas


def test_on_a_canvas_the_image_moves_and_the_ground_goes_on() -> None:
    image = np.random.default_rng(0).integers(0, 255, (10, 21, 3)).astype(np.uint8)
    image[:, 0], image[:, -1] = (250, 240, 230), (200, 210, 220)
    for place, left in ((0.0, 0), (0.5, 5), (1.0, 10)):
        canvas = place_on_canvas(image, place)
        assert canvas.shape == (10, 31, 3)
        np.testing.assert_array_equal(canvas[:, left : left + 21], image)
        assert (canvas[:, :left] == (250, 240, 230)).all()
        assert (canvas[:, left + 21 :] == (200, 210, 220)).all()
    places = make_places()
    assert (places[0], places[4], places[-1], len(places)) == (0, 0.5, 1, 9)


def test_shifts_are_measured_where_asked_for(run: Path, images: Path) -> None:
    found = evaluate(run, images, part="test", shift=True)
    assert [place for place, _ in found.shift_curve] == list(make_places())
    assert all(share.count == found.measures.exact.count for _, share in found.shift_curve)
    assert all(abs(share.value - found.measures.exact.value) < 0.2 for _, share in found.shift_curve)
    assert evaluate(run, images, part="test").shift_curve == ()
    with pytest.raises(ValueError, match="part: all or test"):
        evaluate(run, images, part="some")
