"""Centres to centre maps: what the network is taught to answer."""

import numpy as np
import numpy.typing as npt

SIGMAS_CELLS = (1.3, 2.6)  # standard deviations across and down, as in the work this descends from


def make_centre_maps(
    centres_cells: npt.ArrayLike,
    channels: npt.ArrayLike,
    shape: tuple[int, int, int],
    sigmas_cells: tuple[float, float] = SIGMAS_CELLS,
    out: npt.NDArray[np.float32] | None = None,
) -> npt.NDArray[np.float32]:
    """One Gaussian per centre, 1 at the centre itself, which need not be the middle of a cell.

    Args:
        centres_cells: (n, 2), x and y in output cells; outside of the map is allowed.
        channels: (n,), the channel of each centre.
        shape: (height, width, channels) of the maps in cells.
        sigmas_cells: standard deviations across and down, in cells.
        out: an array of ``shape`` to add to, instead of a new one of zeros.

    Returns:
        float32 of ``shape``, in [0, 1]; where two Gaussians of a channel overlap, the larger.
    """
    maps = np.zeros(shape, dtype=np.float32) if out is None else out
    height, width, _ = shape
    centres = np.asarray(centres_cells, dtype=np.float32).reshape(-1, 2)
    across = np.exp(-(((np.arange(width, dtype=np.float32) - centres[:, :1]) / sigmas_cells[0]) ** 2) / 2)
    down = np.exp(-(((np.arange(height, dtype=np.float32) - centres[:, 1:]) / sigmas_cells[1]) ** 2) / 2)
    for channel, row, column in zip(np.asarray(channels), down, across, strict=True):
        layer = maps[:, :, channel]
        np.maximum(layer, row[:, None] * column[None, :], out=layer)
    return maps
