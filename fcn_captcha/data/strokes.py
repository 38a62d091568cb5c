"""The strokes of characters without lines and dots over them, told by thickness, length and size."""

import numpy as np
import numpy.typing as npt

from fcn_captcha.data.opencv import cv2

Mask = npt.NDArray[np.uint8]  # (height, width), 1 where there is ink

_KEPT = 0.75  # of the ink, that must be as thick as an opening asks
_THICKEST_PX = 9  # opening that is tried


def erase_lines(mask: Mask, longest_px: float) -> Mask:
    """Without thin lines that run straight for longer than that; what they cross stays whole."""
    runs = cv2.HoughLinesP(mask, 1, np.pi / 180, int(0.6 * longest_px), minLineLength=longest_px, maxLineGap=1)
    kept = mask.copy()
    if runs is None:
        return kept
    down, across = measure_runs(mask), measure_runs(mask.T).T
    for x0, y0, x1, y1 in np.asarray(runs, int).reshape(-1, 4).tolist():
        wide, high = abs(x1 - x0), abs(y1 - y0)
        lengths, steps = down if wide >= high else across, max(wide, high) + 1
        x, y = np.linspace(x0, x1, steps).round().astype(int), np.linspace(y0, y1, steps).round().astype(int)
        # Most of a line is not over strokes, so the median tells how thick it is itself.
        thin = float(np.median(lengths[y, x])) + 1.5
        zone = cv2.line(np.zeros_like(mask), (x0, y0), (x1, y1), (1,), round(thin) + 2)
        kept[(zone > 0) & (lengths <= thin)] = 0
    return kept


def measure_runs(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Of each inked pixel, how many in its column lie together with it without a gap; 0 elsewhere."""
    runs = mask.astype(np.int32)
    for row in range(1, len(runs)):
        runs[row] += runs[row - 1] * mask[row]
    for row in range(len(runs) - 2, -1, -1):
        np.maximum(runs[row], runs[row + 1], out=runs[row], where=(mask[row] & mask[row + 1]).astype(bool))
    return runs


def measure_thickness(mask: Mask) -> float:
    """Of the strokes, in pixels; the mask must not be empty."""
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    return max(1.0, 4 * float(distance[mask > 0].mean()) - 1)  # the mean over a stripe is a quarter of its width


def keep_thick(mask: Mask) -> Mask:
    """Without what is thinner than most of the ink."""
    best, thick = mask, 1
    for size in range(2, _THICKEST_PX + 1):
        opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
        if opened.sum() < _KEPT * mask.sum():
            break
        best, thick = np.asarray(opened, np.uint8), size
    if thick == 1:
        return mask
    # Thin parts of thick characters, such as serifs, come back.
    around = cv2.dilate(best, np.ones((3, 3), np.uint8), iterations=thick)
    return np.asarray(cv2.bitwise_and(mask, around), np.uint8)


def drop_small(mask: Mask, least_px: float) -> Mask:
    """Without pieces that are smaller than that both across and down."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    large = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) >= least_px
    large[0] = False  # the background
    return np.asarray(large[labels], np.uint8)
