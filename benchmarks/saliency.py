"""Which pixels a character is read by: minimising the input beside gradient, integrated gradients and Grad-CAM.

    python -m benchmarks.saliency --run runs/first

Characters of generated images that the run reads rightly, with their true boxes. "Inside" is the share of an
attribution in the true box grown by 4 px, "squares" that of its squares, which is what the minimisation weighs, and
"points" the share of characters whose largest pixel lies there. Deletion (less is better) and insertion (more is
better) are areas under the curves of the character's mass, over inked pixels, with 95 % intervals by bootstrap.
"Shuffled" is the median rank correlation with what the same method says of the same network with shuffled weights.
The last two rows are no methods: the ink as it is, and the ink inside the true box.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.inspection import attribution_metrics as metrics
from fcn_captcha.inspection.attribution import Attribution, find_grad_cam, find_gradients, integrate_gradients
from fcn_captcha.inspection.saliency import minimise
from fcn_captcha.inspection.view import Case, iterate_groups, look
from fcn_captcha.model.backend import load_keras
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.model_file import read_model
from fcn_captcha.synthesis import find_generator, stream

if TYPE_CHECKING:
    import keras

Method = Callable[["keras.Model", Sequence[Case]], list[Attribution]]


def find_least_ink(network: "keras.Model", cases: Sequence[Case]) -> list[Attribution]:
    """What remains of the ink for each character."""
    return [saliency.ink.sum(axis=2) for saliency in minimise(network, cases)]


METHODS: dict[str, Method] = {
    "minimised input": find_least_ink,
    "gradient": find_gradients,
    "integrated gradients": integrate_gradients,
    "Grad-CAM": find_grad_cam,
}


def draw_cases(
    network: "keras.Model", config: ModelConfig, generator: str, seed: int, count: int
) -> tuple[list[Case], list[npt.NDArray[np.float64]]]:
    """Characters and their true boxes, of generated images that are read rightly."""
    cases: list[Case] = []
    boxes: list[npt.NDArray[np.float64]] = []
    samples = stream(find_generator(generator), seed)
    while len(cases) < count:
        drawn = list(islice(samples, 16))
        for sample, view in zip(drawn, look(network, config, [s.image for s in drawn]), strict=True):
            if view.reading.text == sample.text:
                assert sample.boxes is not None
                cases += [(view, detection) for detection in view.detections]
                boxes += list(sample.boxes)
    return cases[:count], boxes[:count]


def measure(
    network: "keras.Model", cases: Sequence[Case], found: list[Attribution], insides: list[npt.NDArray[np.bool_]]
) -> dict[str, Any]:
    """The columns that ask for the attributions alone."""
    pairs = list(zip(found, insides, strict=True))
    shares = [metrics.measure_share_inside(a, inside) for a, inside in pairs]
    squares = [metrics.measure_share_inside(a * np.maximum(a, 0), inside) for a, inside in pairs]
    deletion = metrics.measure_area(metrics.measure_curves(network, cases, found))
    insertion = metrics.measure_area(metrics.measure_curves(network, cases, found, insertion=True))
    return {
        "inside, %": round(100 * float(np.median(shares)), 1),
        "squares, %": round(100 * float(np.median(squares)), 1),
        "points, %": round(100 * float(np.mean([metrics.is_pointing_inside(a, inside) for a, inside in pairs])), 1),
        "deletion": describe_mean(deletion),
        "insertion": describe_mean(insertion),
    }


def describe_mean(values: npt.NDArray[np.float64]) -> str:
    """The mean and its 95 % interval by a thousand drawings."""
    drawn = np.random.default_rng(0).choice(values, (1000, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{values.mean():.4f} ({low:.4f} to {high:.4f})"


def measure_forward(network: "keras.Model", cases: Sequence[Case]) -> float:
    """Seconds of one forward pass of all, the least of three."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        for _, group in iterate_groups(cases):
            network.predict_on_batch(np.stack([view.ink for view, _ in group]))
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def shuffle(network: "keras.Model", config: ModelConfig, cases: Sequence[Case]) -> tuple["keras.Model", list[Case]]:
    """The network with shuffled weights, and the cases with its maps."""
    other = metrics.randomise(network)
    views = look(other, config, [view.image for view, _ in cases])
    return other, [(replace(v, maps=o.maps), detection) for (v, detection), o in zip(cases, views, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.saliency", description=__doc__.split("\n")[0])
    parser.add_argument("--run", required=True, metavar="S", help="a run's folder, trained on such images")
    parser.add_argument("--generator", default="image-captcha", metavar="S", help="one that knows its boxes")
    parser.add_argument("--characters", type=int, default=200, metavar="N", help="how many to explain")
    parser.add_argument("--shuffled", type=int, default=40, metavar="N", help="how many with shuffled weights too")
    parser.add_argument("--seed", type=int, default=21, metavar="N", help="of the images")
    options = parser.parse_args()
    load_keras()
    network, config = read_model(options.run)
    cases, boxes = draw_cases(network, config, options.generator, options.seed, options.characters)
    insides = [metrics.make_box_mask(case, box) for case, box in zip(cases, boxes, strict=True)]
    other, shuffled = shuffle(network, config, cases[: options.shuffled])
    forward_s = measure_forward(network, cases)
    rows = []
    for name, method in METHODS.items():
        start = time.perf_counter()
        found = method(network, cases)
        seconds = time.perf_counter() - start
        likeness = [metrics.measure_likeness(*pair) for pair in zip(found, method(other, shuffled), strict=False)]
        times = {"seconds": round(seconds, 1), "forward passes": round(seconds / forward_s)}
        columns = measure(network, cases, found, insides)
        rows.append({"method": name, **columns, "shuffled": round(float(np.median(likeness)), 2), **times})
        print(rows[-1], flush=True)
    ink = [view.ink.sum(axis=2) for view, _ in cases]
    for name, found in {
        "(the ink)": ink,
        "(the ink in the true box)": [i * inside for i, inside in zip(ink, insides, strict=True)],
    }.items():
        none = {"shuffled": "–", "seconds": "–", "forward passes": "–"}
        rows.append({"method": name, **measure(network, cases, found, insides), **none})
    write_result("saliency", "python -m benchmarks.saliency " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(f"{len(cases)} characters, one forward pass of all {forward_s:.2f} s; {describe_machine()}")


if __name__ == "__main__":
    main()
