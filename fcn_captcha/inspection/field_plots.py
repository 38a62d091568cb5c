"""Figures of receptive fields."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fcn_captcha.evaluation.plots import BLUE, GREEN, GREY, ORANGE, make_axes
from fcn_captcha.inspection.impulse import Impulse
from fcn_captcha.inspection.profile import ISOLINES, Array

if TYPE_CHECKING:
    from fcn_captcha.inspection.distant_mark import Reach
    from fcn_captcha.inspection.measures import Probe
    from fcn_captcha.inspection.trained_field import TrainedField

_STYLES = ("-", "--")


def plot_spot(axes: Axes, spot: Array, stride_px: tuple[float, float]) -> None:
    """The spot with its support and isolines, in input pixels from its middle.

    Args:
        axes: to draw on.
        spot: (rows, columns) of output cells, largest value 1.
        stride_px: down and across.
    """
    rows, columns = np.flatnonzero(spot.any(axis=1)), np.flatnonzero(spot.any(axis=0))
    spot = spot[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = spot.shape[0] * stride_px[0], spot.shape[1] * stride_px[1]
    extent = (-width / 2, width / 2, height / 2, -height / 2)
    axes.imshow(spot, cmap="Greys", extent=extent)
    draw_isolines(axes, spot, extent)
    axes.add_patch(Rectangle((-width / 2, -height / 2), width, height, fill=False, color=GREY, linewidth=1.5))
    axes.set(xlim=(-0.54 * width, 0.54 * width), ylim=(0.54 * height, -0.54 * height))
    axes.set(xlabel="input pixels from the middle", ylabel="input pixels from the middle")
    axes.set_title(f"spot of one bright pixel: {width:g} × {height:g} px", fontsize=10)


def draw_isolines(axes: Axes, values: Array, extent: tuple[float, float, float, float]) -> None:
    """At 35 % and 3 % of the maximum of ``values``, (rows, columns) over ``extent`` as of ``imshow``."""
    left, right, bottom, top = extent
    rows, columns = values.shape
    across = left + (np.arange(columns) + 0.5) * (right - left) / columns
    down = top + (np.arange(rows) + 0.5) * (bottom - top) / rows
    if min(rows, columns) < 2:
        return
    for level, colour, style in zip(ISOLINES, (ORANGE, BLUE), _STYLES, strict=True):
        lines = axes.contour(across, down, values, [level * values.max()], colors=[colour], linestyles=[style])
        axes.clabel(lines, fmt={level * values.max(): f"{100 * level:g} %"}, fontsize=8)


def plot_profile(axes: Axes, impulse: Impulse, name: str) -> None:
    """The impulse's profile along one axis with its Gaussian."""
    profile, gaussian = impulse.profile, impulse.profile.fit_gaussian()
    top = profile.values.max()
    places = profile.places_px - gaussian.centre_px
    axes.bar(places, profile.values / top, width=1.0, color="#bbbbbb", label="measured")
    fine = np.linspace(places[0] - 4, places[-1] + 4, 400)
    label = f"Gaussian, σ = {gaussian.sigma_px:.1f} px"
    axes.plot(fine, gaussian.evaluate(fine + gaussian.centre_px) / top, color=GREEN, linewidth=1.8, label=label)
    for level, colour, style in zip(ISOLINES, (ORANGE, BLUE), _STYLES, strict=True):
        axes.axhline(level, color=colour, linestyle=style, linewidth=1.2)
        size = profile.find_isoline_px(level)
        axes.annotate(f"{100 * level:g} %: {size} px", (fine[0], level + 0.01), color=colour, fontsize=8, va="bottom")
    axes.set(xlabel="input pixels from the middle", ylabel="weight, share of the largest", ylim=(0, 1.28))
    axes.set_title(f"{name}: support {impulse.support_px} px", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)
    axes.spines[["top", "right"]].set_visible(False)


def plot_trained(axes: Axes, trained: "TrainedField") -> None:
    """The mean absolute gradient of a trained network's cells, with the same isolines."""
    values = trained.smooth
    height, width = values.shape
    extent = (-width / 2, width / 2, height / 2, -height / 2)
    axes.imshow(values, cmap="Greys", extent=extent, vmax=values.max())
    draw_isolines(axes, values, extent)
    boxed = trained.box_px
    axes.add_patch(Rectangle((-boxed[0] / 2, -boxed[1] / 2), *boxed, fill=False, color=GREEN, linewidth=1.8))
    axes.set(xlabel="input pixels from the middle", ylabel="input pixels from the middle")
    axes.set_title(f"mean |gradient| of {trained.count} characters", fontsize=10)


def draw_probe(probe: "Probe", spot: Array, trained: "TrainedField | None" = None) -> Figure:
    """Spot, profile across and, of a trained network, its mean absolute gradient."""
    figure = Figure((12.6 if trained else 8.4, 4.3), layout="constrained")
    axes = figure.subplots(1, 3 if trained else 2)
    last = probe.fields[-1]
    plot_spot(axes[0], spot, (float(last.height.stride_px), float(last.width.stride_px)))
    plot_profile(axes[1], probe.impulses[1], "across")
    text = "Grey square: as far as any path leads. Lines: 35 % and 3 % of the maximum."
    if trained:
        plot_trained(axes[2], trained)
        text += " Green: a character's usual box."
    figure.supxlabel(text, fontsize=9)
    return figure


def draw_reaches(reaches: "Mapping[int, Reach]") -> Figure:
    """The accuracy of e against ё by the mark's distance, a curve a network, by the size of its field in pixels."""
    figure, axes = make_axes(6.5, 3.6)
    marks = ("o", "s", "^", "D", "v", "P")
    for i, (size_px, reach) in enumerate(reaches.items()):
        colour = (BLUE, ORANGE, GREEN, GREY)[i % 4]
        right = 100 * np.array(reach.accuracies)
        axes.plot(
            reach.distances_px, right, color=colour, marker=marks[i % 6], markersize=4, label=f"sees {size_px} px"
        )
        axes.axvline(size_px / 2, color=colour, linestyle=":", linewidth=1.2)
    axes.set(xlabel="distance of the mark, px (dotted: where the field ends)", ylabel="e or ё right, %", ylim=(40, 102))
    axes.legend(frameon=False, fontsize=8)
    return figure
