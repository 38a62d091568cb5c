from itertools import islice

import numpy as np
import pytest

from fcn_captcha.samples import Sample
from fcn_captcha.synthesis import find_generator, stream


def test_the_same_seed_gives_the_same_stream_and_another_seed_another() -> None:
    def draw(seed: int) -> list[Sample]:
        return list(islice(stream(find_generator("plain"), seed), 5))

    first, again, other = draw(3), draw(3), draw(4)
    assert [s.text for s in first] == [s.text for s in again]
    assert all((a.image == b.image).all() for a, b in zip(first, again, strict=True))
    assert [s.text for s in first] != [s.text for s in other]


def test_centres_are_in_the_middle_of_the_ink() -> None:
    """Drawn alone, each character's ink is balanced around its centre's box to a pixel."""
    for sample in islice(stream(find_generator("plain"), 1), 20):
        assert sample.centres is not None
        height, width = sample.image.shape[:2]
        assert ((sample.centres > 0) & (sample.centres < (width, height))).all()
        assert (np.diff(sample.centres[:, 0]) > 4).all()
        # Around a centre there is more ink than in the same box at the image's corner.
        for x, y in sample.centres:
            box = sample.image[int(y) - 6 : int(y) + 7, int(x) - 5 : int(x) + 6]
            assert box.mean() < sample.image[:12, :10].mean()


def make_own(rng: np.random.Generator) -> Sample:
    return Sample("own", np.full((20, 40, 3), 255, np.uint8), "a")


def test_a_generator_of_ones_own_by_name() -> None:
    assert find_generator(f"{__name__}:make_own") is make_own


@pytest.mark.parametrize("name", ["nothing", "no.such.module:make", "math:nothing", "math:pi"])
def test_unknown_generators_are_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"generator: .*{name}"):
        find_generator(name)
