"""A picture of what the deskew found and made."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fcn_captcha.data.deskew import Midline, level
from fcn_captcha.evaluation import plots

_WIDTH = 7.0  # inches


def plot_levelling(image: npt.NDArray[np.uint8], midline: Midline, text_height_px: float) -> Figure:
    """The image with its midline on the left, the levelled or straightened image on the right.

    Args:
        image: uint8, (height, width, 3), RGB.
        midline: of its text.
        text_height_px: of the text in the levelled image.
    """
    result = image if midline.reason else level(image, midline, text_height_px)[0]
    widths = [image.shape[1] / image.shape[0], result.shape[1] / result.shape[0]]
    figure = Figure((_WIDTH, _WIDTH / sum(widths) + 0.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=widths)
    left.imshow(image)
    right.imshow(result)
    if midline.reason:
        left.set_title("as given", fontsize=10, loc="left")
        right.set_title("stays as it is", fontsize=10, loc="left")
        figure.supxlabel(midline.reason, fontsize=9)
    else:
        draw_midline(left, midline)
        left.set_title(f"midline at {midline.angle_deg:+.1f}°", fontsize=10, loc="left")
        right.set_title("levelled" if midline.curve is None else "straightened", fontsize=10, loc="left")
        size = f"{midline.height_px:.1f} px high, brought to {text_height_px:g} px"
        bent = "" if midline.curve is None else f", {midline.curve.sagitta:.1f} px from its chord"
        figure.supxlabel(f"Orange: the midline{bent}. Dashed: the text about it, {size}.", fontsize=9)
    for axes in (left, right):
        axes.set_xticks([])
        axes.set_yticks([])
    return figure


def draw_midline(axes: Axes, midline: Midline) -> None:
    """The midline and the text's height about it over an image that is shown already, whose frame stays."""
    axes.autoscale(False)
    for side in (-0.5, 0.5):
        edge = midline.trace(side * midline.height_px)
        axes.plot(*edge.T, color=plots.BLUE, linewidth=1.2, linestyle="--")
    axes.plot(*midline.trace().T, color=plots.ORANGE, linewidth=2.2)
