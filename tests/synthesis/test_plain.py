from itertools import islice

import numpy as np
import numpy.typing as npt

from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.synthesis.plain import CHARACTERS, make


def test_its_images_are_as_wide_as_their_strings_and_of_one_height() -> None:
    samples = list(islice(stream(find_generator("plain"), 0), 100))
    assert {len(s.text) for s in samples} == {3, 4, 5, 6}
    assert set("".join(s.text for s in samples)) == set(CHARACTERS)
    assert all(s.image.shape == (48, 40 + 26 * len(s.text), 3) for s in samples)


def test_it_is_grey_dark_on_light_and_noisy() -> None:
    image = make(np.random.default_rng(0)).image
    assert (image == image[:, :, :1]).all()
    assert np.median(image) > 240
    assert image.min() < 60
    assert len(np.unique(image[:6])) > 5, "above the text is noise"


def test_ink_is_around_the_centres_and_not_between_them() -> None:
    def measure_ink(image: npt.NDArray[np.uint8], x: npt.NDArray[np.float64]) -> float:
        return float((image[8:44, x.round().astype(int), 0] < 128).mean())

    at, between = [], []
    for seed in range(50):
        sample = make(np.random.default_rng(seed))
        assert sample.centres is not None
        x, y = sample.centres.T
        at.append(measure_ink(sample.image, x))
        between.append(measure_ink(sample.image, (x[1:] + x[:-1]) / 2))
        assert ((y > 12) & (y < 38)).all()
    assert np.mean(at) > 2 * np.mean(between)
