"""From an image as given to what the network takes, the same at training and at reading."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.deskew import TEXT_HEIGHT_PX, Midline, find_midline, level
from fcn_captcha.data.opencv import cv2
from fcn_captcha.maps import geometry
from fcn_captcha.maps.transform import Transform

Pixels = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.float32]

GREYS = "luminance", "colour"
LARGEST_HEIGHT_PX = 64  # taller images are scaled down to this: text rarely needs more
LARGEST_ENLARGED_PX = 2**22  # 64 px high, this is 65,536 wide: an image may be larger, but is not made so
_FAINTEST = 0.1  # contrasts below this are not stretched further: a blank image stays blank
_LOOKED_AT = 1000  # images whose contrast is measured, at most
_LEVELLED = 200  # images whose text height is measured, at most
_MANY_BLANK = 0.1  # share of images blank in grey from which colour is looked at instead
_ONE_HEIGHT = 1.25  # images whose heights differ by more than this factor are of many sizes: scaled to one height
_WORTH_SAYING = 0.02
_SHADES = np.linspace(0, 1, 256, dtype=np.float32)


@dataclass(frozen=True)
class Preprocess:
    """Grey, scaled, and turned into ink: 0 at the background, about 1 at the strongest strokes.

    Attributes:
        scale: the factor from input pixels to the network's, the same for every image.
        height_px: to which every image is scaled instead, whatever its size.
        polarity: 'dark' (on light), 'light' (on dark) or 'either', decided anew for each image.
        grey: 'luminance', or 'colour': how far from the ground, the median colour, whatever the
            direction, for ink that is as bright as its ground. ``polarity`` then does not matter.
        text_height_px: of each image's text, which is levelled and scaled to this, in pixels of the
            result; see :mod:`fcn_captcha.data.deskew`. Where it can't be, and where this is None,
            ``height_px`` or ``scale`` holds.
        straighten: whether bent text is made straight as well.
    """

    scale: float = 1.0
    polarity: str = "dark"
    grey: str = "luminance"
    text_height_px: float | None = None
    height_px: int | None = None
    straighten: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.scale, int | float) or not 0 < self.scale <= 8:
            raise ValueError(f"scale: it must lie in (0, 8], got {self.scale!r}")
        if self.polarity not in ("dark", "light", "either"):
            raise ValueError(f"polarity: it must be dark, light or either, got {self.polarity!r}")
        if self.grey not in GREYS:
            raise ValueError(f"grey: it must be {' or '.join(GREYS)}, got {self.grey!r}")
        height = self.text_height_px
        if height is not None and (not isinstance(height, int | float) or not 8 <= height <= 256):
            raise ValueError(f"text_height_px: it must lie in 8 to 256 or be None, got {height!r}")
        pixels = self.height_px
        if pixels is not None and (not isinstance(pixels, int) or not 8 <= pixels <= 1024):
            raise ValueError(f"height_px: a whole number of 8 to 1024 or None is needed, got {pixels!r}")
        if not isinstance(self.straighten, bool) or (self.straighten and height is None):
            raise ValueError(f"straighten: true or false, and true with a text_height_px only, got {self.straighten!r}")

    @property
    def channels(self) -> int:
        return 1

    def apply(self, image: Pixels) -> tuple[Ink, Transform]:
        """The network's input for one image, not yet padded to the stride.

        Args:
            image: uint8, (height, width, 3), RGB.

        Returns:
            float32, (height, width, 1), in [0, 1], background 0; and the map from pixels of
            ``image`` to pixels of the result.
        """
        grey = self._make_grey(image)
        if self.text_height_px is not None:
            ink = self._make_ink(grey)
            midline = find_midline(ink, self.straighten)
            if midline.reason is None:
                ink, to_ink = level(ink, midline, self.text_height_px)
                return ink[:, :, None], to_ink
        matrix = geometry.make_scaling(1, 1)
        height, width = grey.shape
        scale = self._find_scale(width, height)
        if scale != 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            grey = np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)
            matrix = geometry.make_scaling(size[0] / width, size[1] / height)
        return self._make_ink(grey)[:, :, None], Transform(matrix)

    def _find_scale(self, width: int, height: int) -> float:
        """The factor for an image of this size, so that a thin one can't become a thousand times its size."""
        scale = self.height_px / height if self.height_px else self.scale
        return min(scale, max(1.0, sqrt(LARGEST_ENLARGED_PX / (width * height))))

    def find_midline(self, image: Pixels) -> Midline:
        """Where the text of an image lies, in its own pixels: uint8, (height, width, 3), RGB."""
        return find_midline(self._make_ink(self._make_grey(image)), self.straighten)

    def _make_grey(self, image: Pixels) -> Pixels:
        by_colour = self.grey == "colour"
        return np.asarray(
            255 - measure_distance(image) if by_colour else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8
        )

    def _make_ink(self, pixels: Pixels) -> Ink:
        # There are but 256 shades, so all is reckoned for each of them and looked up for each pixel.
        counts = np.bincount(pixels.ravel(), minlength=256)
        difference = _find_quantile(_SHADES, counts, 0.5) - _SHADES
        if self.grey != "colour" and (
            self.polarity == "light" or (self.polarity == "either" and _is_light_on_dark(counts))
        ):
            difference = -difference
        ink = np.maximum(difference, 0)
        order = np.argsort(ink, kind="stable")
        strongest = _find_quantile(ink[order], counts[order], 0.99)
        ink = np.minimum(ink / max(strongest, np.float32(_FAINTEST)), 1)
        return np.asarray(ink.astype(np.float32)[pixels])

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


def is_light_on_dark(grey: Pixels) -> bool:
    """Whether the ink is the lighter part: text covers less than half, so the mean leans to it."""
    return _is_light_on_dark(np.bincount(grey.ravel(), minlength=256))


def _is_light_on_dark(counts: npt.NDArray[np.intp]) -> bool:
    return bool(np.average(_SHADES, weights=counts) > _find_quantile(_SHADES, counts, 0.5))


def _find_quantile(values: npt.NDArray[np.float32], counts: npt.NDArray[np.intp], share: float) -> np.float32:
    """As ``numpy.quantile`` finds it, of rising values that come so often each."""
    upto = counts.cumsum()
    place = share * (upto[-1] - 1)
    low, high = values[upto.searchsorted([int(place), min(int(place) + 1, upto[-1] - 1)], side="right")]
    return np.float32(low + (high - low) * (place - int(place)))


def measure_distance(image: Pixels) -> Pixels:
    """How far each pixel is from the median colour, in the channel where it is farthest: uint8, (height, width)."""
    shades = np.arange(256, dtype=np.float32)
    planes: list[Pixels] = []
    for channel in cv2.split(image):
        ground = _find_quantile(shades, np.bincount(channel.ravel(), minlength=256), 0.5).round()
        planes.append(np.abs(shades - ground).astype(np.uint8)[channel])
    return np.maximum(np.maximum(planes[0], planes[1]), planes[2])


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


def describe_unlevelled(images: Sequence[Pixels], preprocess: Preprocess) -> list[str]:
    """A line about images that can't be levelled though they should, where these are many."""
    if preprocess.text_height_px is None:
        return []
    looked_at = images[:: -(-len(images) // _LEVELLED)]
    reasons = [reason for image in looked_at if (reason := preprocess.find_midline(image).reason)]
    if len(reasons) < _WORTH_SAYING * len(looked_at):
        return []
    share = 100 * len(reasons) / len(looked_at)
    return [f"{share:.0f} % of the images can't be levelled and stay as they lie; the first: {reasons[0]}"]


def find_preprocess(
    images: Sequence[Pixels], deskew: bool = False, grey: str = "auto", straighten: bool = False
) -> Preprocess:
    """The settings that fit these images: their size, whether their ink is dark or light, or of a colour.

    With ``deskew`` their text is levelled, with ``straighten`` bent text is straightened, too; an image where that
    can't be is scaled as the others usually are.
    ``grey`` is one of :data:`GREYS`, or 'auto': by colour where many images are blank without it.
    """
    heights = np.array([image.shape[0] for image in images])
    height = float(np.median(heights))
    low, high = np.percentile(heights, (5, 95))
    light = np.mean([is_light_on_dark(np.asarray(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY), np.uint8)) for i in images])
    found = Preprocess(
        scale=min(1.0, LARGEST_HEIGHT_PX / height),
        polarity="dark" if light < 0.05 else "light" if light > 0.95 else "either",
        grey=grey if grey != "auto" else "colour" if find_blank(images)[0] >= _MANY_BLANK else "luminance",
        height_px=round(min(height, LARGEST_HEIGHT_PX)) if high > _ONE_HEIGHT * low else None,
    )
    if not deskew and not straighten:
        return found
    found = replace(found, text_height_px=TEXT_HEIGHT_PX, straighten=straighten)
    midlines = [found.find_midline(image) for image in images[:: -(-len(images) // _LEVELLED)]]
    text_heights = [midline.height_px for midline in midlines if midline.reason is None]
    scale = min(8.0, TEXT_HEIGHT_PX / float(np.median(text_heights))) if text_heights else found.scale
    return replace(found, scale=scale)
