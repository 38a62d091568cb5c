"""A selection killed at chance moments until it is finished: is the chosen start what it is undisturbed?

    python -m benchmarks.select_kills --kills 5

Each life of ``select`` is ended by SIGKILL at a chance moment of an undisturbed one's time; the next goes on with
``--resume``. The last is left to finish. Equal means: the same start is chosen, with the same weights bit for bit.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.resume_kills import write_data
from benchmarks.tables import describe_machine, write_result
from fcn_captcha.model.model_file import read_model
from fcn_captcha.selection.selection import RECORD_NAME

_FLAGS = ["--epoch-images", "256", "--precision", "float32", "--starts", "4:2", "2:2", "1:4"]
_WORKERS = ["--workers", "2", "--threads", "1"]


def start(data: Path, out: Path) -> "subprocess.Popen[bytes]":
    """A life of the selection: it goes on where one was begun."""
    begun = (out / RECORD_NAME).exists()
    flags = ["--resume"] if begun else ["--data", str(data), *_FLAGS]
    command = [sys.executable, "-m", "fcn_captcha.select", "--out", str(out), *flags, *_WORKERS]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(data: Path, out: Path) -> float:
    """Lets a life end by itself. Returns its seconds."""
    began = time.monotonic()
    process = start(data, out)
    _, told = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{out}: status {process.returncode}: {told.decode()[-2000:]}")
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.select_kills", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=5, metavar="N", help="of the selection")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments")
    options = parser.parse_args()
    chance, epochs = random.Random(options.seed), []
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder) / "data")
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        usual_s = finish(data, whole)
        for _ in range(options.kills):
            process = start(data, killed)
            try:
                process.wait(timeout=chance.uniform(0, usual_s / 2))  # so that none is finished before the last kill
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait()
            if (killed / "measures.json").exists():
                break
            epochs.append(sum(max(0, len(p.read_text().splitlines()) - 1) for p in killed.glob("starts/*/history.csv")))
            print(json.dumps({"whole epochs of all starts at the kill": epochs[-1]}), flush=True)
        if not (killed / "measures.json").exists():
            finish(data, killed)
        weights = [read_model(path)[0].get_weights() for path in (whole, killed)]
        seeds = [json.loads((path / "settings.json").read_text())["seed"] for path in (whole, killed)]
        same = seeds[0] == seeds[1] and all(bool((a == b).all()) for a, b in zip(*weights, strict=True))
    row = {"kills": len(epochs), "whole epochs at the kills, of 16": epochs, "equal": same}
    print(json.dumps(row))
    write_result("select_kills", "python -m benchmarks.select_kills " + " ".join(sys.argv[1:]), [row])
    print(describe_machine())


if __name__ == "__main__":
    main()
