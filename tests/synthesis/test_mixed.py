from collections import Counter

import numpy as np
import pytest

from fcn_captcha.synthesis.mixed import Mixed


def test_lengths_and_characters_are_those_asked_for_and_most_images_are_of_one_case() -> None:
    samples = [Mixed()(np.random.default_rng((0, i))) for i in range(300)]
    assert set(Counter(len(s.text) for s in samples)) == {3, 4, 5, 6, 7, 8}
    assert len(set("".join(s.text for s in samples))) == 62
    of_one_case = [s.text.upper() == s.text or s.text.lower() == s.text for s in samples]
    assert 0.75 < np.mean(of_one_case) < 0.95
    few = [Mixed(length="2", alphabet="xY7")(np.random.default_rng(i)).text for i in range(60)]
    assert {len(text) for text in few} == {2}
    assert set("".join(few)) == set("xY7")


def test_images_differ_in_size_ground_and_colour() -> None:
    images = [Mixed(length="4")(np.random.default_rng((1, i))).image for i in range(100)]
    heights = [image.shape[0] for image in images]
    assert min(heights) < 45
    assert max(heights) > 85
    dark = np.mean([np.median(image) < 64 for image in images])
    assert 0.1 < dark < 0.35
    grey = np.mean([bool((image == image[:, :, :1]).all()) for image in images])
    assert 0.15 < grey < 0.5


def test_centres_lie_in_their_boxes_in_the_image() -> None:
    for i in range(60):
        sample = Mixed()(np.random.default_rng((2, i)))
        assert sample.centres is not None
        assert sample.boxes is not None
        assert (sample.centres >= sample.boxes[:, :2]).all()
        assert (sample.centres <= sample.boxes[:, 2:]).all()
        height, width = sample.image.shape[:2]
        assert ((sample.centres > -0.5) & (sample.centres < (width, height))).all()


@pytest.mark.parametrize(
    ("options", "message"), [({"length": "0-3"}, "length"), ({"alphabet": ""}, "alphabet"), ({"alphabet": "a字"}, "字")]
)
def test_settings_that_can_not_be_drawn_are_named(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Mixed(**options)
