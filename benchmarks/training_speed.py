"""Training images a second, ours beside plain ``Model.fit`` of the prototype's network, in one run.

    python -m benchmarks.training_speed --seconds 30

The prototype's network has batch normalisation after each convolution and trains with
``Model.fit`` from arrays in memory, batch 16, as Keras comes. Ours is the whole training loop of
``fcn_captcha.train``: augmentation and targets made on the way, alignment and validation included.
The ways take turns, so that both see the same machine.
"""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.progress import load_keras

BATCH = 16
IMAGES = 512


def make_prototype(classes: int) -> Any:
    """The network that the first experiments used, and its plain cross-entropy."""
    import keras
    from keras import layers

    def convolve(x: Any, filters: int, relu: bool = True) -> Any:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        return layers.ReLU()(x) if relu else x

    ink = keras.Input((None, None, 1))
    x = layers.MaxPooling2D(2)(convolve(ink, 16))
    x = layers.MaxPooling2D(2)(convolve(convolve(x, 32), 32))
    x = convolve(x, 64)
    for _ in range(3):
        x = layers.ReLU()(layers.Add()([x, convolve(convolve(x, 64), 64, relu=False)]))
    network = keras.Model(ink, layers.Conv2D(classes, 1)(x))
    network.compile(keras.optimizers.AdamW(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
    return network


def make_ways(classes: int) -> dict[str, Callable[[float], float]]:
    """Each way by its name: a function of seconds that trains so long and gives images a second."""
    import numpy as np

    from fcn_captcha.dataset import make_dataset
    from fcn_captcha.fit import Fit
    from fcn_captcha.progress import Watch
    from fcn_captcha.settings import Settings

    rng = np.random.default_rng(0)
    ink = rng.random((IMAGES, 52, 200, 1), dtype=np.float32)
    maps = rng.random((IMAGES, 13, 50, classes), dtype=np.float32)
    prototype = make_prototype(classes)
    prototype.fit(ink[:BATCH], maps[:BATCH], batch_size=BATCH, verbose=0)

    def fit_prototype(seconds: float) -> float:
        started, seen = time.monotonic(), 0
        while time.monotonic() - started < seconds:
            prototype.fit(ink, maps, batch_size=BATCH, verbose=0)
            seen += IMAGES
        return seen / (time.monotonic() - started)

    def fit_ours(precision: str) -> Callable[[float], float]:
        def run(seconds: float) -> float:
            settings = Settings(data=DATA, out="unused", minutes=seconds / 60, batch_size=BATCH, precision=precision)
            dataset = make_dataset(settings)
            fit = Fit(dataset, settings, time.monotonic())
            fit.run(Watch(quiet=True))
            return (
                fit.history[-1].images
                / (fit.seconds - fit.history[0].seconds)
                * (1 - fit.history[0].images / fit.history[-1].images)
            )

        return run

    return {
        "prototype, Model.fit, float32": fit_prototype,
        "ours, float32": fit_ours("float32"),
        "ours, bfloat16": fit_ours("bfloat16"),
    }


DATA = ""


def main() -> None:
    global DATA
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_speed", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="S", help="folder of 200×50 images")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="X", help="of each way in each round")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often the ways take turns")
    options = parser.parse_args()
    DATA = options.data
    load_keras()
    ways = make_ways(classes=19)
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, run in ways.items():
            speeds[name].append(run(options.seconds))
    base = next(iter(speeds.values()))
    rows = [
        {
            "way": name,
            "images/s (median)": round(median(values)),
            "ratio to the first (median of rounds)": round(median(v / b for v, b in zip(values, base, strict=True)), 2),
            "ratios": ", ".join(f"{v / b:.2f}" for v, b in zip(values, base, strict=True)),
        }
        for name, values in speeds.items()
    ]
    write_result("training_speed", "python -m benchmarks.training_speed " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
