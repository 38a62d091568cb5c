from itertools import islice

import numpy as np
import pytest

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.data.samples import Sample
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.synthesis import Checked, find_generator, stream
from fcn_captcha.training.drawn import Drawn
from fcn_captcha.training.examples import Example, prepare


def prepare_plainly(sample: Sample) -> Example:
    return prepare(sample, Preprocess(), Alphabet("2345678abcdefgmnpwxy"))


def test_it_goes_on_where_it_stood() -> None:
    make = find_generator("plain")
    drawn = Drawn(make, 3, make.alphabet or "", prepare_plainly)
    first, position = drawn.draw(4), drawn.position
    assert position == 4
    assert not any(e.augmented for e in first)
    rest = [e.ink.tobytes() for e in drawn.draw(3)]
    again = Drawn(make, 3, make.alphabet or "", prepare_plainly)
    again.go_to(position)
    assert [e.ink.tobytes() for e in again.draw(3)] == rest
    assert [prepare_plainly(s).ink.tobytes() for s in islice(stream(make, 3), 4)] == [e.ink.tobytes() for e in first]
    assert again.position == drawn.position == 7


def test_images_that_can_not_be_spelled_count() -> None:
    def make(rng: np.random.Generator) -> Sample:
        return Sample("own", np.zeros((9, 9, 3), np.uint8), "ab" if rng.random() < 0.5 else "xx")

    checked = Checked("own", make)
    drawn, kept = (
        Drawn(checked, 0, "abx", prepare_plainly),
        [i for i, s in enumerate(islice(stream(checked, 0), 60)) if s.text == "ab"],
    )
    assert len(drawn.draw(20)) == 20
    assert drawn.position == 20
    some = Drawn(checked, 0, "ab", prepare_plainly)
    with pytest.warns(UserWarning, match="drew 'xx' with 'x'"):
        some.draw(5)
    assert some.position == kept[4] + 1
