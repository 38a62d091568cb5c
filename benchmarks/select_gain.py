"""Does choosing the best of many starts help? The chosen one beside the mean and the worst, on the test part.

    python -m benchmarks.select_gain --data captcha-v2 --limit 50 --starts 8 --epochs 4

All starts are trained to the end, in one rung, and each is tested on the images on which nothing was chosen.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.model.run_folder import Run
from fcn_captcha.select import select
from fcn_captcha.selection.starts import finish
from fcn_captcha.training.settings import Settings, resume_settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.select_gain", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="S", help="folder of images named after their strings")
    parser.add_argument("--limit", type=int, metavar="N", help="train on this many images only")
    parser.add_argument("--starts", type=int, default=8, metavar="N", help="all trained to the end")
    parser.add_argument("--epochs", type=int, default=4, metavar="N", help="of each")
    options = parser.parse_args()
    exact, validated = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        names: dict[str, Any] = {"data": options.data, "limit": options.limit, "precision": "float32"}
        found = select(starts=f"{options.starts}:{options.epochs}", out=str(out), **names)
        for standing in found.standings:
            run = Run(out / "starts" / f"{standing.number:02d}")
            settings: Settings = resume_settings(run.read_settings(), {"out": str(run.path)})
            measures, _ = finish(settings, str(Path(folder) / f"tested-{standing.number}"))
            exact[standing.number], validated[standing.number] = measures.exact.value, standing.exact
            print(json.dumps({"start": standing.number, "validation": standing.exact, "test": measures.exact.value}))
    row = {
        "starts": options.starts,
        "test images": found.measures.exact.count,
        "chosen, %": round(100 * exact[found.chosen.number], 1),
        "mean, %": round(100 * mean(exact.values()), 1),
        "best, %": round(100 * max(exact.values()), 1),
        "worst, %": round(100 * min(exact.values()), 1),
        "validation of the chosen, %": round(100 * validated[found.chosen.number], 1),
    }
    write_result("select_gain", "python -m benchmarks.select_gain " + " ".join(sys.argv[1:]), [row])
    print(make_markdown([row]))
    print(describe_machine())


if __name__ == "__main__":
    main()
