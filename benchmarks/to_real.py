"""From generated to real: a generator, and none or few real strings, tested on real images.

    python -m benchmarks.to_real --data captcha-v2 --generator rippled --options alphabet=2345678bcdefgmnpwxy

With 0 real strings one training, on the generator alone, reads the test parts of all folds; with
more there is one for each fold, on that many real images of its training part and on drawn ones.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.tables import describe_machine, describe_share, make_markdown, write_result
from fcn_captcha.console.progress import Watch
from fcn_captcha.evaluation.evaluator import evaluate
from fcn_captcha.evaluation.metrics import Share
from fcn_captcha.model.backend import load_keras


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.to_real", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="S", help="folder of real images")
    parser.add_argument("--generator", default="rippled", metavar="S", help="that looks like them")
    parser.add_argument("--options", metavar="S", help="of the generator")
    parser.add_argument("--minutes", type=float, default=4.0, metavar="X", help="of each training")
    parser.add_argument("--limits", type=int, nargs="+", default=[0, 10, 50, 100], metavar="N", help="real strings")
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2], metavar="N", help="tenths to test on")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights, order and drawing")
    options = parser.parse_args()
    load_keras()
    from fcn_captcha import train

    drawing = {"generator": options.generator, "generator_options": options.options}
    common = {**drawing, "minutes": options.minutes, "seed": options.seed}
    rows: list[dict[str, Any]] = []
    for limit in options.limits:
        found: list[Share] = []
        with tempfile.TemporaryDirectory() as name:
            if limit == 0:
                train(watch=Watch(), out=str(Path(name) / "run"), **common)
            for fold in options.folds:
                run = Path(name) / ("run" if limit == 0 else f"run{fold}")
                if limit:
                    train(watch=Watch(), out=str(run), data=options.data, fold=fold, limit=limit, **common)
                found.append(evaluate(run, options.data, "test", fold).measures.exact)
        together = Share(sum(s.hits for s in found), sum(s.count for s in found))
        rows.append(
            {
                "real strings": limit,
                **describe_share(together),
                "wrong": together.count - together.hits,
                "test images": together.count,
                "by fold, %": ", ".join(f"{100 * s.value:.2f}" for s in found),
                "minutes": options.minutes,
            }
        )
        print(json.dumps(rows[-1]), flush=True)
        write_result("to_real", "python -m benchmarks.to_real " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
