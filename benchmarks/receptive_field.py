"""How far networks of growing depth see: by theory, by impulse, as trained, and by the e/ё experiment.

    python -m benchmarks.receptive_field --depths 2,4,6,8,12,16 --seeds 5

Writes ``results/receptive_field.json``, a row a depth, and ``results/receptive_field_laws.json``: how well the
impulse's width follows the square root of the number of layers, and its support the sum of (kernel - 1) · stride.
"""

import argparse
import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers
from scipy.stats import t

from benchmarks.tables import make_markdown, write_result
from fcn_captcha.inspection.distant_mark import make_stack, measure_reach
from fcn_captcha.inspection.impulse import measure_impulse
from fcn_captcha.inspection.measures import measure_network
from fcn_captcha.inspection.profile import find_r2
from fcn_captcha.model.backend import load_keras

_LAW_DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 20, 24)


def measure_depth(depth: int, seeds: int, images: int) -> dict[str, Any]:
    """A row: all four measures across, with 95 % intervals of the mean over trainings."""
    width = measure_network(make_stack(depth), f"stack-{depth}").width
    reaches = []
    for seed in range(seeds):
        reaches.append(measure_reach(depth, seed, images))
        print(json.dumps({"depth": depth, "seed": seed, "e/ё": reaches[-1].distance_px}), flush=True)
    row: dict[str, Any] = {
        "convolutions": depth + 1,
        "theory, px": width.theory_px,
        "impulse's support, px": width.support_px,
        "impulse's sigma, px": round(width.sigma_px, 2),
        "impulse's 3 % line, px": width.level_3_px,
        "trained 3 % line, px": describe_mean([reach.level_3_px for reach in reaches]),
        "twice the e/ё distance, px": describe_mean([2 * reach.distance_px for reach in reaches]),
    }
    curves = [[round(a, 4) for a in reach.accuracies] for reach in reaches]
    return {
        **row,
        "details": {
            "distances": reaches[0].distances_px,
            "accuracies": curves,
            "trained": [reach.level_3_px for reach in reaches],
            "twice e/ё": [round(2 * reach.distance_px, 2) for reach in reaches],
        },
    }


def describe_mean(values: Sequence[float]) -> str:
    """'20.1 (19.8 to 20.4)': the mean and its 95 % interval by Student's t."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:.1f}"
    reach = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return f"{mean:.1f} ({mean - reach:.1f} to {mean + reach:.1f})"


def make_plain(count: int, kernel: int, pools: int) -> keras.Model:
    """``pools`` times a convolution and a max-pool, then ``count`` convolutions."""
    start = keras.Input((None, None, 1))
    x: Any = start
    for _ in range(pools):
        x = layers.MaxPooling2D(2)(layers.Conv2D(1, kernel, padding="same")(x))
    for _ in range(count):
        x = layers.Conv2D(1, kernel, padding="same")(x)
    return keras.Model(start, x)


def measure_law(kernel: int, pools: int) -> dict[str, Any]:
    """A row: both laws over networks of 1 to 24 convolutions after the pools."""
    counts = np.array(_LAW_DEPTHS, dtype=np.float64)
    across = [measure_impulse(make_plain(count, kernel, pools))[1] for count in _LAW_DEPTHS]
    sigmas = np.array([impulse.profile.fit_gaussian().sigma_px for impulse in across])
    supports = np.array([impulse.support_px for impulse in across], dtype=np.float64)
    factor = float(np.sqrt(counts) @ sigmas / counts.sum())  # least squares of sigma = factor · sqrt(count)
    stride = 2**pools
    before = sum((kernel - 1) * 2**k + 2**k for k in range(pools))  # of convolutions and pools at finer strides
    sums = before + counts * (kernel - 1) * stride
    return {
        "kernel": f"{kernel}×{kernel}",
        "stride": stride,
        "sigma / √convolutions, px": round(factor, 3),
        "R² of that": round(find_r2(sigmas, factor * np.sqrt(counts)), 5),
        "R² of support = 1 + Σ(kernel - 1) · stride": round(find_r2(supports, 1 + sums), 5),
        "details": {
            "convolutions": list(_LAW_DEPTHS),
            "sigmas": sigmas.round(4).tolist(),
            "supports": supports.astype(int).tolist(),
            "sums": sums.astype(int).tolist(),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.receptive_field", description=__doc__.split("\n")[0])
    parser.add_argument("--depths", default="2,4,6,8,12,16", metavar="S", help="convolutions after the pool")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="trainings of each depth")
    parser.add_argument("--images", type=int, default=6400, metavar="N", help="of each training")
    options = parser.parse_args()
    load_keras()
    command = (
        f"python -m benchmarks.receptive_field --depths {options.depths} --seeds {options.seeds} "
        f"--images {options.images}"
    )
    laws = [measure_law(kernel, pools) for kernel, pools in ((2, 0), (3, 0), (5, 0), (3, 1), (3, 2))]
    write_result("receptive_field_laws", command, laws)
    rows = [measure_depth(int(depth), options.seeds, options.images) for depth in options.depths.split(",")]
    write_result("receptive_field", command, rows)
    for table in (laws, rows):
        print(make_markdown([{k: v for k, v in row.items() if k != "details"} for row in table]))


if __name__ == "__main__":
    main()
