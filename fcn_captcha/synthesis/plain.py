"""The plain generator: OpenCV's stroke fonts on a light ground, a line across, noise. For tests."""

import cv2
import numpy as np

from fcn_captcha.data.samples import Sample

CHARACTERS = "2345678bcdefgmnpwxy"
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)


def make(rng: np.random.Generator) -> Sample:
    """One image, 3 to 6 characters, 48 px high, as wide as its text; centres are those of the ink's boxes."""
    text = "".join(rng.choice(list(CHARACTERS), size=rng.integers(3, 7)))
    height, width = 48, 40 + 26 * len(text)
    image = np.full((height, width), 255, dtype=np.uint8)
    x = float(rng.uniform(6, 24))
    centres = []
    for character in text:
        glyph = np.zeros((height, 64), dtype=np.uint8)
        scale = rng.uniform(0.8, 1.2)
        baseline = int(rng.integers(28, 36))
        font = int(rng.choice(_FONTS))
        cv2.putText(glyph, character, (8, baseline), font, scale, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
        rows, columns = np.nonzero(glyph > 127)
        left, right = int(columns.min()), int(columns.max()) + 1
        at = round(x)
        area = image[:, at : at + right - left]
        np.minimum(area, 255 - glyph[:, left : left + area.shape[1]], out=area)
        centres.append((at + (right - 1 - left) / 2, (rows.min() + rows.max()) / 2))
        x += right - left + rng.uniform(-1, 6)
    ends = rng.integers((0, 8), (width, height - 8), size=(2, 2))
    cv2.line(image, ends[0].tolist(), ends[1].tolist(), int(rng.integers(0, 120)), 1, cv2.LINE_AA)
    noisy = np.clip(image + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
    return Sample("plain", np.repeat(noisy[:, :, None], 3, axis=2), text, np.array(centres))


make.alphabet = CHARACTERS  # type: ignore[attr-defined]
