"""Keys, clicks and seconds an image that the annotation page costs, done through a browser as a person would.

    python -m benchmarks.annotation_keys --run runs/first --images 100
    python -m benchmarks.annotation_keys --run runs/first --data captcha-v2

The truth is a generator's, or the labelme files of a folder (``train --save-centres`` writes such). A robot looks at
each image: where all letters and places are right it presses Enter; else it types the string or a letter, and drags
each circle that is further from its centre than ``--within`` pixels. Its seconds are the machine's part: what the
page and server took, a person's thinking not included. Needs Playwright and a Chromium.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.maps.reading_order import find_order
from fcn_captcha.synthesis import find_generator, stream

_SHOWN = """() => ({
  text: document.getElementById('text').value,
  name: document.getElementById('name').textContent,
  marks: [...document.querySelectorAll('#marks .mark')].map((m) => m.getAttribute('aria-label')),
  box: (({left, top, width}) => [left, top, width])(document.getElementById('picture').getBoundingClientRect()),
})"""


@dataclass
class Cost:
    """What one image took."""

    keys: int = 0
    clicks: int = 0
    seconds: float = 0.0


def write_images(folder: Path, samples: list[Sample], stated: bool) -> dict[str, Sample]:
    """The images alone, named after their strings or by a counter; by name, what is true of each."""
    folder.mkdir()
    truth = {}
    for number, sample in enumerate(samples):
        name = f"{sample.text}-{number}.png" if stated else f"{number}.png"
        Image.fromarray(sample.image).save(folder / name)
        truth[name] = sample
    return truth


def annotate(page: Page, truth: dict[str, Sample], within_px: float) -> list[Cost]:
    """Goes through all images once."""
    costs = []
    for _ in range(len(truth)):
        shown = page.evaluate(_SHOWN)
        cost = Cost()
        began = time.perf_counter()
        _correct(page, truth[shown["name"]], cost, within_px)
        _press(page, cost, "Enter")
        _wait(page, lambda now, before=shown["name"]: now["name"] != before)
        cost.seconds = time.perf_counter() - began
        costs.append(cost)
    return costs


def _correct(page: Page, sample: Sample, cost: Cost, within_px: float) -> None:
    shown = page.evaluate(_SHOWN)
    if shown["text"] != sample.text:
        _press(page, cost, "Escape", "e", *sample.text, "Enter")
        _wait(page, lambda now: now["text"] == sample.text and len(now["marks"]) == len(sample.text))
    assert sample.centres is not None
    wanted = sample.centres[find_order(sample.text)] + 0.5  # from left to right, in the page's pixels
    for index, (x, y) in enumerate(wanted.tolist()):
        shown = page.evaluate(_SHOWN)
        own = _find_places(shown)[index]
        if np.hypot(own[0] - x, own[1] - y) <= within_px:
            continue
        left, top, width = shown["box"]
        scale = width / sample.image.shape[1]
        page.mouse.move(left + own[0] * scale, top + own[1] * scale)
        page.mouse.down()
        page.mouse.move(left + x * scale - 6, top + y * scale)
        page.mouse.move(left + x * scale, top + y * scale)
        page.mouse.up()
        cost.clicks += 1


def _find_places(shown: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Of the circles, from left to right."""
    places = [label.rpartition(" at ")[2].split(", ") for label in shown["marks"]]
    return np.array(sorted((float(x), float(y)) for x, y in places)).reshape(-1, 2)


def _press(page: Page, cost: Cost, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    cost.keys += len(keys)


def _wait(page: Page, holds: Any) -> None:
    for _ in range(2000):
        if holds(page.evaluate(_SHOWN)):
            return
        page.wait_for_timeout(5)
    raise RuntimeError(f"never so: {page.evaluate(_SHOWN)}, {page.text_content('#fault')}")


def run_once(samples: list[Sample], model: str | None, stated: bool, within_px: float) -> dict[str, Any]:
    """A row: all images once, with the proposals of a model or without one."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        truth = write_images(Path(place) / "images", samples, stated)
        command = [sys.executable, "-m", "annotation", str(Path(place) / "images"), "--port", "0", "--no-browser"]
        command += [] if model is None else ["--model", model]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                process.stdout.readline()
                chromium = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.goto(process.stdout.readline().strip())
                _wait(page, lambda now: now["name"] in truth)
                costs = annotate(page, truth, within_px)
                browser.close()
            finally:
                process.kill()
    return {
        "proposals": "a model's" if model else "evenly spread",
        "strings": "stated" if stated else "not stated",
        "images": len(costs),
        "one key": sum(cost.keys == 1 and not cost.clicks for cost in costs),
        "keys, median": median(cost.keys for cost in costs),
        "keys, total": sum(cost.keys for cost in costs),
        "drags, median": median(cost.clicks for cost in costs),
        "drags, total": sum(cost.clicks for cost in costs),
        "machine s, median": round(median(cost.seconds for cost in costs), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.annotation_keys", description=__doc__.split("\n")[0])
    parser.add_argument("--run", metavar="S", help="a run's folder, whose model proposes")
    parser.add_argument("--data", metavar="S", help="a folder whose labelme files are true")
    parser.add_argument("--generator", default="image-captcha", metavar="S", help="draws the images otherwise")
    parser.add_argument("--images", type=int, default=100, metavar="N", help="at most")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the generator")
    parser.add_argument("--within", type=float, default=3.0, metavar="X", help="pixels by which a place may be off")
    options = parser.parse_args()
    if options.data:
        samples = [s for s in read_folder(options.data).samples if s.centres is not None][: options.images]
    else:
        samples = list(islice(stream(find_generator(options.generator), options.seed), options.images))
    rows = [run_once(samples, None, True, options.within)]
    if options.run:
        rows += [run_once(samples, options.run, stated, options.within) for stated in (True, False)]
        write_result("annotation_keys", "python -m benchmarks.annotation_keys " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
