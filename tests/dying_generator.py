"""A generator of small images whose process dies as it draws, as often as the file $DEATHS says."""

import os
from pathlib import Path

import numpy as np

from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import find_generator

_make = find_generator("image-captcha", "width=32 height=16 alphabet=abc length=2")


def draw(rng: np.random.Generator) -> Sample:
    path = Path(os.environ["DEATHS"])
    left = int(path.read_text())
    if left:
        path.write_text(str(left - 1))
        os._exit(9)
    return _make(rng)
