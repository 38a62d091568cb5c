"""The annotation page's server with many images: start, first image, next images, memory.

    python -m benchmarks.annotation_speed --images 100000

The images are a few files under many names (hard links), so that the disk holds them; nothing is cached before.
Times are of answers over HTTP on this machine, an image's pixels included. The first image waits for the list too.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

from PIL import Image

from annotation.folder import ImageFolder
from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.synthesis import find_generator, stream

_FILES = 20
_STEPS = 300


def link_images(folder: Path, count: int) -> None:
    """``count`` names of generated images in ``folder``."""
    samples = list(islice(stream(find_generator("plain"), 0), _FILES))
    for number, sample in enumerate(samples):
        Image.fromarray(sample.image).save(folder / f"{sample.text}-{number}.png")
    for number in range(_FILES, count):
        kind = number % _FILES
        source = folder / f"{samples[kind].text}-{kind}.png"
        os.link(source, folder / f"{samples[kind].text}-{number}.png")


def measure_memory_mb(process: int) -> float:
    """Of a process, at most so far."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class Asker:
    """Asks a server as the page does; ``times_ms`` of all answers."""

    def __init__(self, link: str) -> None:
        address = urlsplit(link)
        self._connection = http.client.HTTPConnection("127.0.0.1", address.port or 80)
        self._cookie = ""
        self.times_ms: list[float] = []
        self._cookie = self._send(f"/?{address.query}").partition(";")[0]

    def _send(self, path: str) -> str:
        self._connection.request("GET", path, headers={"Cookie": self._cookie} if self._cookie else {})
        answer = self._connection.getresponse()
        self.content = answer.read()
        return str(answer.getheader("Set-Cookie"))

    def ask(self, path: str, **parameters: object) -> Any:
        """The answer, as JSON where it is."""
        began = time.perf_counter()
        self._send(f"/api/{path}?{urlencode(parameters)}")
        self.times_ms.append(1000 * (time.perf_counter() - began))
        return json.loads(self.content) if self.content.startswith(b"{") else self.content

    def take_times(self) -> float:
        """Milliseconds of all answers since the last time."""
        total = sum(self.times_ms)
        self.times_ms.clear()
        return total


def measure(folder: Path, process: subprocess.Popen[str], images: int) -> dict[str, Any]:
    """A row: seconds to the first image, milliseconds to each next one, megabytes."""
    assert process.stdout is not None
    process.stdout.readline()
    asker = Asker(process.stdout.readline().strip())
    listed_mb = measure_memory_mb(process.pid)
    began = time.perf_counter()
    ImageFolder.open(folder)
    listed_s = time.perf_counter() - began
    asker.take_times()
    name = asker.ask("step")["image"]["name"]
    asker.ask("pixels", name=name)
    first_s = listed_s + asker.take_times() / 1000
    while asker.ask("progress")["surveyed"] < images:
        time.sleep(0.2)
    steps, strips = [], []
    asker.take_times()
    for _ in range(_STEPS):
        name = asker.ask("step", name=name, by=1)["image"]["name"]
        asker.ask("pixels", name=name)
        steps.append(asker.take_times())
    for start in range(0, images - 50, max(50, images // 100)):
        items = asker.ask("images", start=start, count=50)["items"]
        for item in items[:10]:
            asker.ask("thumbnail", name=item["name"])
        strips.append(asker.take_times())
    asker.ask("images", start=0, count=50, show="left", order="doubt", character="a")
    return {
        "images": images,
        "list and first image, s": round(first_s, 2),
        "next image, ms, median": round(median(steps), 1),
        "next image, ms, 95 %": round(quantiles(steps, n=20)[-1], 1),
        "50 of the strip, 10 thumbnails, ms": round(median(strips), 1),
        "by character and doubt, ms": round(asker.take_times(), 1),
        "memory with the list, MB": round(listed_mb),
        "memory after all, MB": round(measure_memory_mb(process.pid)),
        "load of the machine": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.annotation_speed", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=100_000, metavar="N", help="names in the folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        link_images(Path(folder), options.images)
        command = [sys.executable, "-m", "annotation", folder, "--port", "0", "--no-browser"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                row = measure(Path(folder), process, options.images)
            finally:
                process.kill()
    write_result("annotation_speed", "python -m benchmarks.annotation_speed " + " ".join(sys.argv[1:]), [row])
    print(make_markdown([row]))
    print(describe_machine())


if __name__ == "__main__":
    main()
