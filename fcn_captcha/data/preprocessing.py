"""From an image as given to what the network takes, the same at training and at reading."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fcn_captcha.maps import geometry

Pixels = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.float32]

LARGEST_HEIGHT_PX = 64  # taller images are scaled down to this: text rarely needs more
_FAINTEST = 0.1  # contrasts below this are not stretched further: a blank image stays blank
_LOOKED_AT = 1000  # images whose contrast is measured, at most
_MANY_BLANK = 0.1  # share of images blank in grey from which colour is looked at instead
_WORTH_SAYING = 0.02


@dataclass(frozen=True)
class Preprocess:
    """Grey, scaled, and turned into ink: 0 at the background, about 1 at the strongest strokes.

    Attributes:
        scale: the factor from input pixels to the network's, the same for every image.
        polarity: 'dark' (on light), 'light' (on dark) or 'either', decided anew for each image.
        grey: 'luminance', or 'colour': how far from the ground, the median colour, whatever the
            direction, for ink that is as bright as its ground. ``polarity`` then does not matter.
    """

    scale: float = 1.0
    polarity: str = "dark"
    grey: str = "luminance"

    def __post_init__(self) -> None:
        if not isinstance(self.scale, int | float) or not 0 < self.scale <= 8:
            raise ValueError(f"scale: it must lie in (0, 8], got {self.scale!r}")
        if self.polarity not in ("dark", "light", "either"):
            raise ValueError(f"polarity: it must be dark, light or either, got {self.polarity!r}")
        if self.grey not in ("luminance", "colour"):
            raise ValueError(f"grey: it must be luminance or colour, got {self.grey!r}")

    @property
    def channels(self) -> int:
        return 1

    def apply(self, image: Pixels) -> tuple[Ink, npt.NDArray[np.float64]]:
        """The network's input for one image, not yet padded to the stride.

        Args:
            image: uint8, (height, width, 3), RGB.

        Returns:
            float32, (height, width, 1), in [0, 1], background 0; and the 2×3 affine map from
            pixels of ``image`` to pixels of the result.
        """
        by_colour = self.grey == "colour"
        grey = 255 - measure_distance(image) if by_colour else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        matrix = geometry.make_scaling(1, 1)
        if self.scale != 1:
            height, width = grey.shape
            size = max(1, round(width * self.scale)), max(1, round(height * self.scale))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR)
            matrix = geometry.make_scaling(size[0] / width, size[1] / height)
        grey = grey.astype(np.float32) / 255
        difference = float(np.median(grey)) - grey
        if not by_colour and (self.polarity == "light" or (self.polarity == "either" and is_light_on_dark(grey))):
            difference = -difference
        ink = np.maximum(difference, 0)
        ink = np.minimum(ink / max(float(np.percentile(ink, 99)), _FAINTEST), 1)
        return ink[:, :, None].astype(np.float32), matrix

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "Preprocess":
        """Settings from a model file. Raises ``ValueError``, naming the field, for one of a wrong name or type."""
        if "ink" in record:  # its name in older files
            record = {"polarity": record["ink"], **{name: value for name, value in record.items() if name != "ink"}}
        unknown = sorted(record.keys() - {f.name for f in fields(cls)})
        if unknown:
            raise ValueError(f"{unknown[0]}: not known to this version")
        missing = [name for name in ("scale", "polarity") if name not in record]
        if missing:
            raise ValueError(f"{missing[0]}: it is missing")
        return cls(**record)


def is_light_on_dark(grey: npt.NDArray[Any]) -> bool:
    """Whether the ink is the lighter part: text covers less than half, so the mean leans to it."""
    return bool(np.mean(grey) > np.median(grey))


def measure_distance(image: Pixels) -> Pixels:
    """How far each pixel is from the median colour, in the channel where it is farthest: uint8, (height, width)."""
    ground = np.median(image.reshape(-1, 3), axis=0).round().astype(np.uint8)
    distance: Pixels = cv2.absdiff(image, np.broadcast_to(ground, image.shape)).max(axis=2)
    return distance


def find_blank(images: Sequence[Pixels]) -> tuple[float, float]:
    """Which share of the images has no contrast in grey though it has in colour, and which has none in either."""
    by_colour = by_nothing = 0
    looked_at = images[:: -(-len(images) // _LOOKED_AT)]
    for image in looked_at:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        if np.percentile(np.abs(grey - np.median(grey)), 99) < _FAINTEST:
            if np.percentile(measure_distance(image), 99) / 255 < 2 * _FAINTEST:
                by_nothing += 1
            else:
                by_colour += 1
    return by_colour / len(looked_at), by_nothing / len(looked_at)


def describe_blank(images: Sequence[Pixels], preprocess: Preprocess) -> list[str]:
    """Lines about images without contrast, where these are many."""
    by_colour, by_nothing = find_blank(images)
    lines = []
    if by_colour >= _WORTH_SAYING:
        read = "so ink is what differs in colour from the ground" if preprocess.grey == "colour" else "can't be read"
        lines.append(f"{100 * by_colour:.0f} % of the images are blank in grey though not in colour: {read}")
    if by_nothing >= _WORTH_SAYING:
        lines.append(f"{100 * by_nothing:.0f} % of the images are blank, of one colour or nearly so: can't be read")
    return lines


def find_preprocess(images: Sequence[Pixels]) -> Preprocess:
    """The settings that fit these images: their usual height, whether their ink is dark or light, or of a colour."""
    height = float(np.median([image.shape[0] for image in images]))
    light = np.mean([is_light_on_dark(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY)) for i in images])
    return Preprocess(
        scale=min(1.0, LARGEST_HEIGHT_PX / height),
        polarity="dark" if light < 0.05 else "light" if light > 0.95 else "either",
        grey="colour" if find_blank(images)[0] >= _MANY_BLANK else "luminance",
    )
