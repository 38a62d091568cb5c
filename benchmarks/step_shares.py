"""What each part of a training costs, in core-milliseconds an image shown, and its share of the whole.

    python -m benchmarks.step_shares --data captcha-v2 --images 4000
    python -m benchmarks.step_shares --generator image-captcha --images 4000

The parts run one after the other here, so that what the processor does meanwhile is theirs alone; in a training
batches are made, and images drawn, beside the network's steps.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.console.progress import Watch
from fcn_captcha.model.backend import load_keras


class AtOnce:
    """An executor that works when asked, in the thread that asks."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> "AtOnce":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work())
        return future


@contextmanager
def timed(owner: Any, name: str, part: str, spent: dict[str, float]) -> Iterator[None]:
    """All threads' time in a function is added up under its part."""
    function = getattr(owner, name)
    spent.setdefault(part, 0.0)

    def run(*arguments: Any, **named: Any) -> Any:
        before = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[part] += time.process_time() - before

    with patch.object(owner, name, run):
        yield


def measure(settings: Any) -> tuple[dict[str, float], int]:
    """Seconds of each part, and images shown."""
    from fcn_captcha.training import batches, loop
    from fcn_captcha.training.augmentation import Augmentation
    from fcn_captcha.training.centre_finder import CentreFinder
    from fcn_captcha.training.dataset import Dataset, make_dataset
    from fcn_captcha.training.validation import Validation

    spent: dict[str, float] = {}
    with ExitStack() as stack:
        stack.enter_context(patch.object(loop, "prefetch", iter))
        stack.enter_context(patch.object(loop, "ThreadPoolExecutor", AtOnce))
        dataset = make_dataset(settings)
        training = loop.Loop(dataset, settings, time.monotonic())
        for owner, name, part in (
            (Dataset, "draw_streamed", "drawing and preparing"),
            (Augmentation, "apply", "augmentation"),
            (batches, "make_centre_maps", "targets"),
            (training, "_step", "the network's steps"),
            (CentreFinder, "find", "alignment"),
            (Validation, "read", "validation"),
        ):
            stack.enter_context(timed(owner, name, part, spent))
        before = time.process_time()
        training.run(Watch(quiet=True))
        spent["the rest"] = time.process_time() - before - sum(spent.values())
    return spent, training.history[-1].images


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step_shares", description=__doc__.split("\n")[0])
    parser.add_argument("--data", metavar="S", help="folder of images named after their strings")
    parser.add_argument("--generator", metavar="S", help="that draws the images instead")
    parser.add_argument("--images", type=int, default=4000, metavar="N", help="shown")
    parser.add_argument("--name", default="step_shares", metavar="S", help="of the file in results/")
    options = parser.parse_args()
    load_keras()
    from fcn_captcha.training.settings import Settings

    chosen = {"data": options.data, "generator": options.generator, "images": options.images, "precision": "float32"}
    spent, images = measure(Settings(**chosen))
    total = sum(spent.values())
    rows = [
        {"part": part, "ms an image": f"{1000 * s / images:.2f}", "share, %": f"{100 * s / total:.1f}"}
        for part, s in sorted(spent.items(), key=lambda item: -item[1])
    ]
    write_result(options.name, "python -m benchmarks.step_shares " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
