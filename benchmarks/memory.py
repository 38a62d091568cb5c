"""Memory of a training from shards, by how many images there are.

    python -m benchmarks.memory --out big --counts 10000 1000000

As many drawn images as a shard holds are written again and again, under other names, as JPEG with their strings: what
there is to index and to choose from is real, what there is to draw is not. Each training is a process of its own,
that also makes the index. The shards are taken away after it.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

from benchmarks.tables import describe_machine, make_markdown, write_result

SHARD = 10_000  # images

TRAINING = """
import json, resource, sys, threading, time
from pathlib import Path
from statistics import median

from fcn_captcha.data.shards import Shards
from fcn_captcha.train import train

data, out, images = sys.argv[1:]
before = time.monotonic()
Shards(Path(data))
indexing_s = time.monotonic() - before
held = []


def watch():
    while True:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        held.append(pages * resource.getpagesize() / 2**20)
        time.sleep(0.25)


threading.Thread(target=watch, daemon=True).start()
result = train(data=data, out=out, images=int(images))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([indexing_s, median(held[len(held) // 2 :]), peak, result.seconds]))
"""


def write_copies(folder: Path, count: int) -> None:
    """Shards of ``count`` images in all."""
    import cv2

    from fcn_captcha.synthesis.folder import Order
    from fcn_captcha.synthesis.shards import encode_member

    folder.mkdir(parents=True)
    drawn = [
        (sample.text, cv2.imencode(".jpg", sample.image[:, :, ::-1])[1].tobytes())
        for sample in islice(Order("image-captcha", {}, 0).draw(), SHARD)
    ]
    for first in range(0, count, SHARD):
        with (folder / f"{first // SHARD:05d}.tar").open("wb") as file:
            for number, (text, content) in enumerate(drawn[: count - first], first):
                file.write(encode_member(f"{number:07d}.jpg", content))
                file.write(encode_member(f"{number:07d}.txt", text.encode()))
            file.write(bytes(1024))


def measure(folder: Path, count: int, images: int) -> dict[str, int | str]:
    write_copies(folder, count)
    size = sum(path.stat().st_size for path in folder.iterdir())
    try:
        with tempfile.TemporaryDirectory() as out:
            command = [sys.executable, "-c", TRAINING, str(folder), f"{out}/run", str(images)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    finally:
        shutil.rmtree(folder)
    indexing_s, median_mb, peak_mb, seconds = json.loads(done.stdout.splitlines()[-1])
    return {
        "images on disk": f"{count:,}",
        "on disk, MB": round(size / 2**20),
        "index made in, s": round(indexing_s),
        "memory, MB": round(median_mb),
        "most, MB": round(peak_mb),
        "whole training, s": round(seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, metavar="S", help="folder for the shards, made and taken away")
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 1_000_000], metavar="N", help="on disk")
    parser.add_argument("--images", type=int, default=3000, metavar="N", help="shown in each training")
    options = parser.parse_args()
    rows = [measure(Path(options.out), count, options.images) for count in options.counts]
    write_result("memory", "python -m benchmarks.memory " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
