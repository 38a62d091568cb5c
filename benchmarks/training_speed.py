"""Training images a second, ours beside plain ``Model.fit`` of the prototype's network, in one run.

    python -m benchmarks.training_speed --seconds 30

The prototype's network has batch normalisation after each convolution and trains with
``Model.fit`` from arrays in memory, batch 16: as Keras comes, which on this backend compiles with
XLA, and without XLA. Ours is the whole training loop of
``fcn_captcha.train``: augmentation and targets made on the way, alignment and validation included.
The ways take turns, so that both see the same machine.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from benchmarks.tables import describe_machine, describe_speeds, make_markdown, write_result
from fcn_captcha.model.backend import load_keras

BATCH = 16
IMAGES = 512


def make_prototype(classes: int, jit_compile: bool | str) -> Any:
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
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(keras.optimizers.AdamW(1e-3), loss, jit_compile=jit_compile)
    return network


def make_ways(data: str, classes: int) -> dict[str, Callable[[float], float]]:
    """Each way by its name: a function of seconds that trains so long and gives images a second."""
    import numpy as np

    from fcn_captcha.console.progress import Watch
    from fcn_captcha.training.dataset import make_dataset
    from fcn_captcha.training.loop import Loop
    from fcn_captcha.training.settings import Settings

    rng = np.random.default_rng(0)
    ink = rng.random((IMAGES, 52, 200, 1), dtype=np.float32)
    maps = rng.random((IMAGES, 13, 50, classes), dtype=np.float32)
    default, plain = make_prototype(classes, "auto"), make_prototype(classes, False)
    for prototype in (default, plain):
        prototype.fit(ink[: 2 * BATCH], maps[: 2 * BATCH], batch_size=BATCH, verbose=0)

    def fit_prototype(seconds: float, prototype: Any) -> float:
        started, seen = time.monotonic(), 0
        while time.monotonic() - started < seconds:
            prototype.fit(ink, maps, batch_size=BATCH, verbose=0)
            seen += IMAGES
        return seen / (time.monotonic() - started)

    def fit_ours(seconds: float, precision: str) -> float:
        minutes = (seconds + 5) / 60  # a few for reading the images and building the network
        settings = Settings(data=data, out="unused", minutes=minutes, batch_size=BATCH, precision=precision)
        dataset = make_dataset(settings)
        loop = Loop(dataset, settings, time.monotonic())
        loop.run(Watch(quiet=True))
        first, last = loop.history[0], loop.history[-1]
        return (last.images - first.images) / (last.seconds - first.seconds)

    return {
        "prototype's network, Model.fit": partial(fit_prototype, prototype=default),
        "the same without XLA": partial(fit_prototype, prototype=plain),
        "ours, float32": partial(fit_ours, precision="float32"),
        "ours, bfloat16": partial(fit_ours, precision="bfloat16"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_speed", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="S", help="folder of 200×50 images")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="X", help="of each way in each round")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often the ways take turns")
    options = parser.parse_args()
    load_keras()
    ways = make_ways(options.data, classes=19)
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    busy: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, run in ways.items():
            wall, processor = time.monotonic(), time.process_time()
            speeds[name].append(run(options.seconds))
            busy[name].append((time.process_time() - processor) / (time.monotonic() - wall))
    rows = [
        {"way": name, **columns, "cores busy": round(median(busy[name]), 2)}
        for name, columns in describe_speeds(speeds).items()
    ]
    write_result("training_speed", "python -m benchmarks.training_speed " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(f"median of {options.rounds} rounds, {describe_machine()}")


if __name__ == "__main__":
    main()
