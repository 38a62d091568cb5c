"""Whether a trained network's field fits its characters, in words, and which layer to add or drop."""

from collections.abc import Sequence
from math import ceil, log, sqrt

from fcn_captcha.inspection.profile import ISOLINES
from fcn_captcha.inspection.receptive_field import LayerField
from fcn_captcha.inspection.trained_field import TrainedField

_SEES_ALL = 0.95  # of its box, inside the 3 % line
_AMPLE = 2  # characters, one and half of each neighbour: what the line should still reach after a layer was dropped
_SIGMAS = 2 * sqrt(2 * log(1 / ISOLINES[1]))  # from end to end of a Gaussian's 3 % line


def advise(fields: Sequence[LayerField], trained: TrainedField) -> list[str]:
    """A verdict, too small, right or larger than needed, and what follows.

    The 3 % line is taken for a Gaussian's, whose variance grows by (kernel² - 1) / 12 · stride² with each
    convolution.
    """
    box, line = trained.box_px, trained.find_isoline_px(ISOLINES[1])
    sees = (
        f"a cell uses {line[0]} × {line[1]} px (3 % line) of the {fields[-1].width.size_px} × "
        f"{fields[-1].height.size_px} that it could; nine tenths of the characters fit into {box[0]:.0f} × "
        f"{box[1]:.0f} px, and {100 * trained.share_inside:.0f} % of a character's box is inside the line"
    )
    if trained.share_inside < _SEES_ALL:
        count = max(_count_missing(size, reach, fields) for size, reach in zip(box, line, strict=True))
        stride = float(fields[-1].width.stride_px)
        return [
            sees,
            f"too small: add {count} 3×3 convolution{'s' if count > 1 else ''} at the last stride, "
            f"each {2 * stride:g} px more",
        ]
    spare = find_spare(fields, trained)
    if spare is None:
        return [sees, "right: there is no layer to add or to drop"]
    return [
        sees,
        f"larger than needed: without {spare.name} ({spare.kind}), {spare.growth_px[1]} px less, the line would still "
        f"reach over a character and half of each neighbour",
    ]


def _count_missing(size: float, reach: int, fields: Sequence[LayerField]) -> int:
    """3×3 convolutions at the last stride until the line is as long as a box."""
    step = 8 / 12 * float(fields[-1].width.stride_px) ** 2
    return max(1, ceil(((size / _SIGMAS) ** 2 - (reach / _SIGMAS) ** 2) / step))


def find_spare(fields: Sequence[LayerField], trained: TrainedField) -> LayerField | None:
    """The last convolution that could be dropped, the line then still ample, or None."""
    for row in reversed(fields):
        if row.kind not in ("Conv2D", "DilatedConv2D") or not all(row.growth_px):
            continue
        for place, (axis, growth) in enumerate(((row.width, row.growth_px[1]), (row.height, row.growth_px[0]))):
            stride = float(axis.stride_px)
            kernel = growth / stride + 1
            variance = (trained.find_isoline_px(ISOLINES[1])[place] / _SIGMAS) ** 2
            left = variance - (kernel**2 - 1) / 12 * stride**2
            if left <= 0 or _SIGMAS * sqrt(left) < _AMPLE * trained.box_px[place]:
                return None
        return row
    return None
