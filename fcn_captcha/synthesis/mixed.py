"""Images of all the other looks, as they come out of many programs: enlarged, reduced, inverted, compressed.

What the model that comes with the package is trained on. Most images have characters of one case or
of one kind only, as most text images do, so that a reader may take the case of one from its neighbours.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.console.options import setting
from fcn_captcha.console.ranges import parse_range
from fcn_captcha.data.images import Pixels
from fcn_captcha.data.samples import Sample
from fcn_captcha.maps import geometry
from fcn_captcha.synthesis.coalesced import Coalesced
from fcn_captcha.synthesis.colour import MANY_FONTS, Colour
from fcn_captcha.synthesis.fonts import check_characters, find_fonts
from fcn_captcha.synthesis.image_captcha import ImageCaptcha
from fcn_captcha.synthesis.rippled import Rippled
from fcn_captcha.synthesis.strings import check_length

_SUBSETS = (  # kinds of characters, and how often each is drawn from
    (digits + ascii_uppercase, 0.25),
    (digits + ascii_lowercase, 0.25),
    (digits + ascii_uppercase + ascii_lowercase, 0.2),
    (ascii_uppercase, 0.1),
    (ascii_lowercase, 0.1),
    (digits, 0.1),
)
_LOOKS = 5  # rippled twice: with its own fonts, and with those of many
_LARGEST = 1.35  # factor by which an image is enlarged or reduced, at the most
_SHARE = 0.2  # of images that each of the other changes is made to
_LEAST_JPEG, _MOST_JPEG = 30, 95  # qualities
_MOST_NOISE = 12.0  # standard deviation, of 255
_MOST_BLUR_PX = 1.0


@dataclass(frozen=True)
class Mixed:
    """Draws such images; call it with a ``numpy.random.Generator``.

    Raises ``ValueError``, naming the setting, the rule and the value.
    """

    length: str = setting("3-8", "characters an image: 5, or 4-6")
    alphabet: str = setting(digits + ascii_uppercase + ascii_lowercase, "characters to draw from")

    def __post_init__(self) -> None:
        check_length(self.length)
        check_characters(find_fonts(MANY_FONTS), self.alphabet)
        if not self.alphabet:
            raise ValueError("alphabet: at least one character is needed, got ''")

    def __call__(self, rng: np.random.Generator) -> Sample:
        """One image with its string, centres and boxes."""
        least, most = parse_range(self.length)
        subset = int(rng.choice(len(_SUBSETS), p=[share for _, share in _SUBSETS]))
        characters = "".join(c for c in self.alphabet if c in _SUBSETS[subset][0]) or self.alphabet
        look = int(rng.integers(_LOOKS))
        drawn = _make_generator(look, int(rng.integers(least, most + 1)), characters)(rng)
        return replace(_change(drawn, rng), name="mixed")


@lru_cache(1024)
def _make_generator(look: int, length: int, characters: str) -> Any:
    """A generator of one look, its image as wide as that many characters want."""
    options: dict[str, Any] = {"length": str(length), "alphabet": characters}
    if look == 0:
        return ImageCaptcha(**options, width=40 * length)
    if look == 1:
        return Coalesced(**options, width=32 + 24 * length, overlap=2.0)
    if look == 2:
        return Colour(**options)
    width = max(100, 40 * length)
    return Rippled(**options, width=width) if look == 3 else Rippled(**options, width=width, fonts=MANY_FONTS)


def _change(sample: Sample, rng: np.random.Generator) -> Sample:
    """The image as another program might show it: of another size, inverted, blurred, noisy, compressed."""
    assert sample.centres is not None
    assert sample.boxes is not None
    changed = rng.random(4) < _SHARE
    height, width = sample.image.shape[:2]
    factor = _LARGEST ** rng.uniform(-1, 1)
    size = round(width * factor), round(height * factor)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    image: npt.NDArray[Any] = cv2.resize(sample.image, size, interpolation=how)
    to_size = geometry.make_scaling(size[0] / width, size[1] / height)
    if changed[0]:
        image = 255 - image
    if changed[1]:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, _MOST_BLUR_PX))
    if changed[2]:
        noise = rng.normal(0, rng.uniform(1, _MOST_NOISE), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if changed[3]:
        image = _compress(image, int(rng.integers(_LEAST_JPEG, _MOST_JPEG + 1)))
    corners = geometry.apply_affine(to_size, sample.boxes.reshape(-1, 2)).reshape(-1, 4)
    return replace(
        sample,
        image=np.asarray(image, np.uint8),
        centres=geometry.apply_affine(to_size, sample.centres),
        boxes=corners,
    )


def _compress(image: Pixels, quality: int) -> Pixels:
    """As JPEG gives it back."""
    _, file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)
