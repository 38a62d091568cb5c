"""What levelling makes of three generated lines.

python -m docs.deskew docs/deskew.png
"""

import sys

from matplotlib.figure import Figure

from benchmarks.turned_lines import draw_lines
from fcn_captcha.data.deskew import TEXT_HEIGHT_PX, level
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.evaluation.levelling import draw_midline

_KINDS = "set, capitals", "coalesced", "image-captcha"
_NUMBERS = 12, 2, 10  # of 15 lines from -30° to 30°


def draw(seed: int = 5) -> Figure:
    """The image with its midline on the left, levelled on the right."""
    figure = Figure((7.4, 6.0), layout="constrained")
    for kind, number, (left, right) in zip(_KINDS, _NUMBERS, figure.subplots(3, 2, width_ratios=(1, 1.5)), strict=True):
        line = list(draw_lines(kind, 15, seed))[number]
        midline = Preprocess().find_midline(line.image)
        left.imshow(line.image)
        draw_midline(left, midline)
        right.imshow(level(line.image, midline, TEXT_HEIGHT_PX)[0])
        found = f"found {midline.angle_deg:+.1f}° and {midline.height_px:.0f} px"
        left.set_title(found, fontsize=10, loc="left")
        right.set_title(f"truly {line.angle_deg:+.1f}° and {line.height_px:.0f} px", fontsize=10, loc="left")
        for axes in (left, right):
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_anchor("W")
    return figure


if __name__ == "__main__":
    draw().savefig(sys.argv[1], dpi=100)
