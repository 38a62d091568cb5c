"""Our images beside those that the package itself draws: the same distributions, and no training."""

import random
from types import SimpleNamespace

import captcha.image
import numpy as np
import numpy.typing as npt
import pytest

from fcn_captcha.synthesis.image_captcha import ImageCaptcha

COUNT = 400
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Images = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def ours() -> Images:
    make = ImageCaptcha()
    return np.stack([make(np.random.default_rng((0, i))).image for i in range(COUNT)]).astype(float)


@pytest.fixture(scope="module")
def theirs() -> Images:
    choose = random.Random(0)
    seeded = SimpleNamespace(randbelow=choose.randrange, randbits=choose.getrandbits, choice=choose.choice)
    texts = ["".join(choose.choices(ALPHABET, k=4)) for _ in range(COUNT)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(captcha.image, "secrets", seeded)  # it draws from the system's entropy otherwise
        package = captcha.image.ImageCaptcha()
        return np.stack([np.asarray(package.generate_image(text)) for text in texts]).astype(float)


def measure(images: Images) -> dict[str, npt.NDArray[np.float64]]:
    """A number an image for each thing that an eye would notice."""
    ground = np.median(images, axis=(1, 2), keepdims=True)
    off = np.abs(images - ground).max(axis=3)
    ink = off > 20
    columns = [np.flatnonzero(i.mean(axis=0) > 0.15) for i in ink]
    runs = [np.diff(np.flatnonzero(np.diff(np.r_[0, i.any(axis=0), 0]))).max() for i in ink]
    return {
        "ink": ink.mean(axis=(1, 2)),
        "strong ink": (off > 80).mean(axis=(1, 2)),
        "darkness": off.mean(axis=(1, 2)),
        "contrast": np.percentile(off, 99, axis=(1, 2)),
        "width of the text": np.array([c[-1] - c[0] if len(c) else 0 for c in columns], dtype=float),
        "left end": np.array([c[0] if len(c) else 0 for c in columns], dtype=float),
        "longest run of inked columns": np.array(runs, dtype=float),
        "edges": np.abs(np.diff(images, axis=2)).mean(axis=(1, 2, 3)),
        "ground": ground[:, 0, 0].mean(axis=1),
        "redness of the ink": ((images[..., 0] - images[..., 1]) * ink).sum(axis=(1, 2)) / ink.sum(axis=(1, 2)),
    }


def test_distributions_are_alike(ours: Images, theirs: Images) -> None:
    one, other = measure(ours), measure(theirs)
    for name, values in one.items():
        spread = max(float(other[name].std()), 1e-9)
        # A quarter of a standard deviation is three and a half standard errors of such a difference.
        assert abs(values.mean() - other[name].mean()) < 0.25 * spread, name
        assert 0.75 < values.std() / spread < 1.33, name


def test_colours_are_drawn_from_the_same_ranges(ours: Images, theirs: Images) -> None:
    for images in (ours, theirs):
        ground = np.percentile(np.median(images, axis=(1, 2)), (5, 50, 95))
        np.testing.assert_allclose(ground, (239, 246.5, 254), atol=1.5)


@pytest.mark.parametrize(("width", "height", "length"), [(192, 64, "4"), (320, 60, "8"), (90, 120, "1-3")])
def test_other_sizes_and_lengths(width: int, height: int, length: str) -> None:
    make = ImageCaptcha(width=width, height=height, length=length)
    for i in range(30):
        sample = make(np.random.default_rng(i))
        assert sample.image.shape == (height, width, 3)
        assert sample.centres is not None
        assert (sample.centres[:, 0] < width).all()
