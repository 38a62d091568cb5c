"""The figure of saliency as its author drew it: image, what remains and the reach of a cell over it, maps."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fcn_captcha.evaluation.plots import BLUE, GREY, ORANGE, make_axes
from fcn_captcha.inspection.saliency import Saliency
from fcn_captcha.inspection.spot import LEVELS, Spot
from fcn_captcha.inspection.view import Case
from fcn_captcha.maps import geometry

_HEADS = ("image", "what remains of its ink", "maps before", "maps after")
_SENTENCE = (
    "What remains is the least ink for which the network still sees the marked character (+) and nothing else; its "
    "darkest pixel is drawn black. Square: all that one cell can see. Solid and dotted line: where the weight of a "
    "pixel falls to 35 % and 3 % of the middle's. Maps: the brightest of all characters, yellow is 1."
)


def plot_saliency(cases: Sequence[Case], found: Sequence[Saliency], spot: Spot) -> Figure:
    """A row for each character; two rows if there is but one."""
    ratio = max(view.ink.shape[0] / view.ink.shape[1] for view, _ in cases)
    across = 2 if len(cases) == 1 else 4
    rows = len(cases) * 4 // across
    width = 9.0 if across == 2 else 13.0
    height = rows * (0.92 * width / across * ratio + (0.35 if across == 2 else 0.1)) + 1.0
    figure = Figure((width, height), layout="constrained")
    grid = figure.subplots(rows, across, squeeze=False).reshape(-1, 4)
    for row, ((view, detection), saliency) in enumerate(zip(cases, found, strict=True)):
        cell = view.to_ink.apply([(detection.character.x, detection.character.y)])[0]
        original, remains, before, after = grid[row]
        _, top, _, bottom = spot.support_px
        room = min(-0.5, cell[1] + top - 1), max(view.ink.shape[0] - 0.5, cell[1] + bottom + 1)
        for axes, ink in ((original, view.ink), (remains, saliency.ink)):
            _show_ink(axes, ink)
            axes.set_ylim(room[::-1])
        draw_reach(original, cell, spot, lines=False)
        draw_reach(remains, cell, spot)
        for axes, maps in ((before, view.maps), (after, saliency.maps)):
            axes.imshow(maps.max(axis=2), vmin=0, vmax=1, cmap="viridis", interpolation="nearest")
            axes.set(facecolor="#eeeeee", ylim=geometry.pixels_to_cells(room[::-1], len(view.ink) // len(maps)))
        name = f"{detection.place + 1}: {_escape(detection.character.character)}"
        heads = _HEADS if row == 0 or across == 2 else ("", "", "", "")
        for axes, head in zip(grid[row], heads, strict=True):
            axes.set_title(head, fontsize=11, loc="left")
            axes.set_xticks([])
            axes.set_yticks([])
        original.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=13, labelpad=8)
    figure.supxlabel(fill(_SENTENCE, int(12.5 * width)), fontsize=10, x=0.01, ha="left")
    return figure


def _show_ink(axes: Axes, ink: npt.NDArray[np.floating]) -> None:
    """Dark on light, whatever the image was, the strongest black."""
    strength = ink.max(axis=2)
    axes.imshow(strength, vmin=0, vmax=max(float(strength.max()), 1e-6), cmap="gray_r", interpolation="nearest")
    axes.set(xlim=(-0.5, ink.shape[1] - 0.5), facecolor="#eeeeee")


def draw_reach(axes: Axes, at_px: npt.NDArray[np.float64], spot: Spot, lines: bool = True) -> None:
    """The square that a cell at this place (x, y) of the input can see and, over it, two isolines of the spot."""
    left, top, right, bottom = spot.support_px
    corner = at_px[0] + left, at_px[1] + top
    axes.add_patch(Rectangle(corner, right - left, bottom - top, fill=False, color=BLUE, linewidth=1.4))
    axes.plot(*at_px, "+", color=ORANGE, markersize=7, markeredgewidth=1.4)
    if lines:
        x = np.arange(spot.values.shape[1]) - spot.centre_px[0] + at_px[0]
        y = np.arange(spot.values.shape[0]) - spot.centre_px[1] + at_px[1]
        levels, styles = LEVELS[::-1], ("dotted", "solid")
        axes.contour(x, y, spot.values, levels, colors=ORANGE, linestyles=styles, linewidths=1.4)


def plot_curves(cases: Sequence[Case], found: Sequence[Saliency]) -> Figure:
    """Both terms against the steps, a pair of lines for each character."""
    figure, axes = make_axes(7.0, 3.6)
    for saliency in found:
        steps = np.arange(len(saliency.ink_curve))
        axes.plot(steps, saliency.map_curve, color=BLUE, linewidth=1.5)
        axes.plot(steps, saliency.ink_curve, color=ORANGE, linewidth=1.5, linestyle="--")
    axes.set(xlabel="step", ylabel="term (logarithmic)", yscale="log")
    axes.plot([], [], color=BLUE, label="distance of the maps, ‖y(x) − y0‖²")
    axes.plot([], [], color=ORANGE, linestyle="--", label="ink, c·‖x‖²")
    axes.legend(frameon=False, title=f"a pair of lines for each of {len(cases)} characters", title_fontsize=9)
    figure.supxlabel("Where both have levelled out, the optimisation has come to its end.", fontsize=9, color=GREY)
    return figure


def _escape(character: str) -> str:
    return character if character.isascii() else f"U+{ord(character):04X}"
