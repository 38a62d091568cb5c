from itertools import islice

import numpy as np

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.evaluation.causes import (
    find_alignment_cause,
    find_contrast_cause,
    find_direction_cause,
    find_label_cause,
)
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.synthesis import find_generator, stream
from fcn_captcha.synthesis.plain import CHARACTERS


def test_images_without_contrast_are_a_cause_where_they_are_most() -> None:
    faint, strong = np.full((9, 9, 1), 0.2), np.ones((9, 9, 1))
    assert find_contrast_cause([faint] * 3 + [strong]) == (
        "3 of 4 images have next to no contrast in grey, so there is hardly anything to learn from."
    )
    assert find_contrast_cause([faint] + [strong] * 3) is None
    assert find_contrast_cause([]) is None


def test_a_mark_or_an_end_that_all_labels_share() -> None:
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdef"), 4)) for _ in range(20)]
    assert find_label_cause(words) is None
    assert "Every label holds '_'" in str(find_label_cause([f"{w[:2]}_{w[2:]}" for w in words]))
    assert "Every label begins with 'zz'" in str(find_label_cause([f"zz{w}" for w in words]))
    assert "Every label ends with 'xy'" in str(find_label_cause([f"{w}xy" for w in words]))
    assert find_label_cause(["ab-1", "ac-1"]) is None, "two labels tell nothing"


def test_strings_that_run_against_the_text() -> None:
    alphabet = Alphabet(CHARACTERS)
    samples = list(islice(stream(find_generator("plain"), 0), 120))
    inks = [Preprocess().apply(s.image)[0] for s in samples]
    channels = [alphabet.encode(s.text) for s in samples]
    assert find_direction_cause(inks, channels) is None
    assert "run against the text" in str(find_direction_cause(inks, [c[::-1] for c in channels]))
    mixed = [np.random.default_rng(i).permutation(c) for i, c in enumerate(channels)]
    assert find_direction_cause(inks, mixed) is None
    assert find_direction_cause(inks[:9], [c[::-1] for c in channels[:9]]) is None, "nine images tell too little"
    blank = [np.zeros_like(ink) for ink in inks]
    assert find_direction_cause(blank, channels) is None


def test_many_alignments_that_led_nowhere() -> None:
    assert "After 12 alignments no image is read rightly" in str(find_alignment_cause(12, 0.0))
    assert find_alignment_cause(12, 0.01) is None
    assert find_alignment_cause(3, 0.0) is None
