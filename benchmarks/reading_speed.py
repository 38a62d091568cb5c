"""Seconds to the first string, and images a second, file to string: ONNX Runtime, Keras, and ready-made readers.

python -m benchmarks.reading_speed RUN FOLDER --limit 1000

RUN is a run's folder with model.onnx and model.keras; FOLDER holds images. Ready-made readers are
measured where they are installed. Rounds go in turn, and of each the median counts, so that what else
the machine does falls on all alike.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers.ready_made import READERS
from benchmarks.tables import write_result
from fcn_captcha.data.images import find_images
from fcn_captcha.maps.decoding import find_text
from fcn_captcha.model.prediction import iterate_maps
from fcn_captcha.reading.reader import Reader, load_pixels, make_reading

Read = Callable[[list[Path]], list[str]]

_BATCHED, _ALONE = "many", "one by one"
_REPEATS = 4  # of the folder, so that starting the jobs is a small part


def measure_start(commands: dict[str, list[str]], rounds: int) -> list[dict[str, Any]]:
    """From the start of a process to its end, one image read."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - before)
    return [{"reader": name, "start to first string, s": round(median(s), 2)} for name, s in seconds.items()]


def make_readers(run: Path) -> dict[tuple[str, str], Read]:
    """By name and way of reading."""
    readers: dict[tuple[str, str], Read] = {}
    for name, file in (("ours, ONNX Runtime", "model.onnx"), ("ours, Keras", "model.keras")):
        reader = Reader.load(run / file)
        for jobs in (1, 2) if file == "model.onnx" else (1,):
            told = f"{_BATCHED}, {jobs} jobs" if jobs > 1 else _BATCHED
            readers[name, told] = lambda paths, r=reader, j=jobs: [x.text for x in r.read_many(paths, j)]  # type: ignore[misc]
        readers[name, _ALONE] = lambda paths, r=reader: [r.read(path).text for path in paths]  # type: ignore[misc]
    for name, make in READERS.items():
        if find_spec(name):
            read = make()
            readers[name, _ALONE] = lambda paths, r=read: [r(path.read_bytes()) for path in paths]  # type: ignore[misc]
    return readers


def measure_speed(readers: dict[tuple[str, str], Read], paths: list[Path], rounds: int) -> list[dict[str, Any]]:
    """Images a second of each reader."""
    speeds: dict[tuple[str, str], list[float]] = {key: [] for key in readers}
    for key, read in readers.items():
        read(paths[:64] if key[1] != _ALONE else paths[:2])
    for _ in range(rounds):
        for key, read in readers.items():
            some = paths * _REPEATS if key[1] != _ALONE else paths[: len(paths) // 8]
            before = time.perf_counter()
            read(some)
            speeds[key].append(len(some) / (time.perf_counter() - before))
    return [{"reader": n, "way": way, "images/s": round(median(s), 1)} for (n, way), s in speeds.items()]


def measure_shares(run: Path, paths: list[Path]) -> list[dict[str, Any]]:
    """Milliseconds an image of each part of the way, on all cores."""
    reader = Reader.load(run / "model.onnx")
    predict, config = reader.predict, reader.config
    times = [time.perf_counter()]
    pixels = [load_pixels(path) for path in paths]
    times.append(time.perf_counter())
    inks = [config.preprocess.apply(image) for image in pixels]
    times.append(time.perf_counter())
    maps = dict(iterate_maps(predict, [ink for ink, _ in inks], config.stride))
    times.append(time.perf_counter())
    for i, (_, to_ink) in enumerate(inks):
        make_reading(find_text(maps[i], reader.options), config, to_ink)
    times.append(time.perf_counter())
    parts = ("files to pixels", "preprocessing", "network", "decoding")
    spent = [1000 * (after - before) / len(paths) for before, after in pairwise(times)]
    return [{"part": part, "ms an image": round(ms, 3)} for part, ms in zip(parts, spent, strict=True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    paths = find_images(options.folder)[: options.limit]
    read = [sys.executable, "-m", "fcn_captcha.read"]
    commands = {
        "ours, ONNX Runtime": [*read, str(options.run / "model.onnx"), str(paths[0])],
        "ours, Keras": [*read, str(options.run / "model.keras"), str(paths[0])],
    }
    for name in READERS:
        if find_spec(name):
            code = (
                "import sys; from benchmarks.peers.ready_made import READERS; "
                f"print(READERS[{name!r}]()(open(sys.argv[1], 'rb').read()))"
            )
            commands[name] = [sys.executable, "-c", code, str(paths[0])]
    rows = measure_shares(options.run, paths)
    rows += measure_start(commands, options.rounds)
    rows += measure_speed(make_readers(options.run), paths, options.rounds)
    for row in rows:
        print(row, file=sys.stderr)
    print(write_result("reading_speed", f"python -m benchmarks.reading_speed {' '.join(sys.argv[1:])}", rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
