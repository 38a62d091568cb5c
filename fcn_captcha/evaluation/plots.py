"""Every figure, drawn with matplotlib and returned as SVG text or a picture."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fcn_captcha.evaluation.chart_fonts import write_labels
from fcn_captcha.evaluation.metrics import Share
from fcn_captcha.evaluation.reliability import Bin
from fcn_captcha.maps.transform import Transform

# Okabe and Ito's colours, told apart by the colour-blind too
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#777777"

Pixels = npt.NDArray[np.uint8]


def make_axes(width: float = 6.0, height: float = 3.2) -> tuple[Figure, Axes]:
    """A figure with one clean pair of axes, in inches."""
    figure = Figure((width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def make_svg(figure: Figure) -> str:
    """The figure as an ``<svg>`` element."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True)
    text = file.getvalue()
    return text[text.index("<svg") :]


def plot_loss(seconds: Sequence[float], losses: Sequence[float]) -> Figure:
    figure, axes = make_axes()
    axes.plot(seconds, losses, color=BLUE, linewidth=1.8)
    axes.set(xlabel="seconds since the start", ylabel="loss (logarithmic)", yscale="log")
    return figure


def plot_accuracy(seconds: Sequence[float], exact: Sequence[float], characters: Sequence[float]) -> Figure:
    figure, axes = make_axes()
    axes.plot(seconds, 100 * np.asarray(exact), color=ORANGE, linewidth=1.8, label="exact match")
    axes.plot(seconds, 100 * np.asarray(characters), color=BLUE, linewidth=1.8, linestyle="--", label="characters")
    axes.set(xlabel="seconds since the start", ylabel="right, % of the validation part", ylim=(-2, 102))
    axes.legend(frameon=False, loc="lower right")
    return figure


def plot_threshold(curve: Sequence[tuple[float, float]], chosen: float) -> Figure:
    figure, axes = make_axes()
    thresholds, exact = np.array(curve).T
    axes.plot(thresholds, 100 * exact, color=BLUE, linewidth=1.8, marker="o", markersize=4)
    axes.axvline(chosen, color=ORANGE, linestyle="--", linewidth=1.2)
    bottom = min(90.0, 100 * float(exact.min()) - 2)
    axes.set(xlabel="threshold", ylabel="exact match, % of the validation part", ylim=(bottom, 101))
    axes.annotate(f" chosen: {chosen:g}", (chosen, bottom), color=ORANGE, va="bottom")
    return figure


def plot_reliability(bins: Sequence[Bin]) -> Figure:
    """The share that is right against confidence, a disc a bin, as large as the bin is full."""
    figure, axes = make_axes()
    sure, right = (100 * np.array(values) for values in zip(*((b.confidence, b.right) for b in bins), strict=True))
    counts = np.array([b.count for b in bins])
    axes.plot([0, 100], [0, 100], color=GREY, linestyle="--", linewidth=1.2)
    axes.scatter(sure, right, s=20 + 280 * counts / counts.max(), color=BLUE, alpha=0.8, zorder=3, clip_on=False)
    axes.set(xlabel="confidence, %", ylabel="right, %", xlim=(0, 100), ylim=(0, 100))
    return figure


def plot_coverage(coverage: Sequence[tuple[float, float]]) -> Figure:
    """Exact match of the surest readings against how many are taken; of less than a twentieth it is but chance."""
    figure, axes = make_axes()
    read, right = 100 * np.array([point for point in coverage if point[0] >= 0.05 or point == coverage[-1]]).T
    axes.plot(read, right, color=BLUE, linewidth=1.8, marker="o" if len(read) < 10 else None, markersize=4)
    axes.set(xlabel="images read, the surest first, %", ylabel="exact match, %", xlim=(0, 101))
    axes.set_ylim(min(90.0, float(right.min()) - 2), 100.5)
    return figure


def plot_shares(shares: dict[str, Share], xlabel: str, ylabel: str) -> Figure:
    """A point for each name, with its 95 % interval; more than some 40 names are hard to read."""
    figure, axes = make_axes(width=max(4.0, min(14.0, 0.28 * len(shares) + 2)))
    values = np.array([100 * s.value for s in shares.values()])
    low, high = 100 * np.array([s.interval for s in shares.values()]).T
    places = np.arange(len(shares))
    reach = np.maximum(0, (values - low, high - values))
    axes.errorbar(places, values, reach, fmt="o", color=BLUE, ecolor=GREY, elinewidth=1, markersize=5)
    write_labels(axes, shares)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(min(90.0, float(low.min()) - 2), 101))
    return figure


def draw_heat(image: Pixels, scores: npt.NDArray[np.floating], to_cells: Transform) -> Pixels:
    """The strongest of all centre maps in colour over the image.

    Args:
        image: uint8, (height, width, 3), RGB.
        scores: (rows, columns, alphabet) in [0, 1].
        to_cells: from the image's pixels.
    """
    height, width = image.shape[:2]
    best = scores.max(axis=2).astype(np.float32)
    places = np.indices((width, height)).T.reshape(-1, 2)
    x, y = to_cells.apply(places).T.reshape(2, height, width).astype(np.float32)
    heat = np.clip(cv2.remap(best, x, y, cv2.INTER_LINEAR), 0, 1)
    colour = cv2.applyColorMap((255 * heat).astype(np.uint8), cv2.COLORMAP_VIRIDIS)[:, :, ::-1]
    grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
    mixed = (0.35 * grey + 0.65 * colour) * (0.35 + 0.65 * grey / 255)
    return np.clip(mixed, 0, 255).astype(np.uint8)
