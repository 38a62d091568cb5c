"""Seconds that a selection of small starts takes, one worker beside two, of one thread each and of all cores.

python -m benchmarks.select_workers --starts 8 --epochs 4
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.resume_kills import write_data
from benchmarks.tables import describe_machine, make_markdown, write_result

_FLAGS = ["--epoch-images", "512", "--precision", "float32"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.select_workers", description=__doc__.split("\n")[0])
    parser.add_argument("--starts", type=int, default=8, metavar="N", help="in one rung")
    parser.add_argument("--epochs", type=int, default=4, metavar="N", help="of 512 images each")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = write_data(Path(folder) / "data")
        for workers, threads in ((1, 1), (1, 2), (2, 1)):
            out = Path(folder) / f"{workers}-{threads}"
            command = [sys.executable, "-m", "fcn_captcha.select", "--data", str(data), "--out", str(out), *_FLAGS]
            command += ["--starts", f"{options.starts}:{options.epochs}"]
            command += ["--workers", str(workers), "--threads", str(threads)]
            began = time.monotonic()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds = time.monotonic() - began
            first = rows[0]["seconds"] if rows else seconds
            rows.append(
                {"workers": workers, "threads each": threads, "seconds": seconds, "share": round(seconds / first, 2)}
            )
            print(json.dumps(rows[-1]), flush=True)
    for row in rows:
        row["seconds"] = round(row["seconds"])
    write_result("select_workers", "python -m benchmarks.select_workers " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
