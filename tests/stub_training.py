"""Stands for ``fcn_captcha.train`` where a test needs a training but no model: ``--images`` says how it ends."""

import argparse
import pathlib
import sys
import time

GOOD, REFUSED, SLOW = 1, 2, 3


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--data", "--images", "--out"):
        parser.add_argument(name)
    options = parser.parse_args()
    print(" 40 %  epoch 2  loss 3.10", file=sys.stderr)
    how = int(options.images)
    while how == SLOW and not (pathlib.Path(options.out).parent / "go on").exists():
        time.sleep(0.05)
    if how == REFUSED:
        sys.exit("error: no luck today")
    out = pathlib.Path(options.out)
    out.mkdir()
    (out / "model.keras").write_text("a model")


if __name__ == "__main__":
    main()
