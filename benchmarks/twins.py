"""Twins, two equal characters side by side, beside other pairs: by distance on drawn images, and on real ones.

    python -m benchmarks.twins --images 20000
    python -m benchmarks.twins --run runs/kcaptcha --data kcaptcha

The first trains on lines of two to five coalesced capitals and reads each class against itself at
several gaps, from overlapping on, and as many pairs of two classes. The second reads the test part
of a run's own data. "before" is the same run's maps by peaks alone, without the mass of their bumps.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.console.progress import Watch
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.data.splits import split_samples
from fcn_captcha.maps.decoding import DecodingOptions
from fcn_captcha.model.backend import load_keras
from fcn_captcha.reading.reader import Reader
from fcn_captcha.synthesis import find_generator, stream

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_COMMON = {"width": 120, "height": 50}
_GAPS_PX = (-3, 0, 2, 4, 8)  # between two characters' ink before they are fitted into the image; -3 overlaps
_EACH = 12  # images of a class at a distance
_RUN = Path("runs/twins")


def has_twins(text: str) -> bool:
    return any(one == other for one, other in pairwise(text))


def draw_twins(gap_px: int, seed: int) -> list[Sample]:
    """Each class against itself."""
    options = {**_COMMON, "length": "2", "overlap": -gap_px}
    makers = [find_generator("coalesced", {**options, "alphabet": character}) for character in _ALPHABET]
    return [sample for make in makers for sample in islice(stream(make, seed), _EACH)]


def draw_others(gap_px: int, seed: int) -> list[Sample]:
    """As many pairs of two classes."""
    make = find_generator("coalesced", {**_COMMON, "length": "2", "overlap": -gap_px, "alphabet": _ALPHABET})
    others = (sample for sample in stream(make, seed) if not has_twins(sample.text))
    return list(islice(others, _EACH * len(_ALPHABET)))


def count_right(reader: Reader, options: DecodingOptions, samples: Sequence[Sample]) -> int:
    """How many of the samples are read rightly by these options."""
    readings = reader.with_options(options).read_many(s.image for s in samples)
    return sum(sample.text == reading.text for sample, reading in zip(samples, readings, strict=True))


def compare(reader: Reader, named: Iterable[tuple[str, Sequence[Sample]]]) -> list[dict[str, Any]]:
    """A row for each group: right before and after."""
    by_peaks = replace(reader.options, sigmas_cells=(1e6, 1e6))  # no bump has so much mass
    rows = []
    for name, samples in named:
        before, after = (count_right(reader, options, samples) for options in (by_peaks, reader.options))
        share = round(100 * after / max(1, len(samples)), 1)
        rows.append({"images": name, "count": len(samples), "before": before, "after": after, "after, %": share})
        print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twins", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=20_000, metavar="N", help="drawn ones to train on")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and images")
    parser.add_argument("--run", metavar="S", help="a run's folder, instead of training one")
    parser.add_argument("--data", metavar="S", help="the folder that it was trained on, fold 0")
    parser.add_argument("--name", default="twins", metavar="S", help="of the file in results/")
    options = parser.parse_args()
    load_keras()
    named: list[tuple[str, Sequence[Sample]]] = []
    if options.run:
        test = split_samples(read_folder(options.data).samples).test
        named = [("with twins", [s for s in test if has_twins(s.text)])]
        named += [("the others", [s for s in test if not has_twins(s.text)])]
    else:
        from fcn_captcha import train

        drawing = "length=2-5 overlap=3 " + " ".join(f"{k}={v}" for k, v in {**_COMMON, "alphabet": _ALPHABET}.items())
        train(
            watch=Watch(),
            generator="coalesced",
            generator_options=drawing,
            images=options.images,
            seed=options.seed,
            out=str(_RUN),
            overwrite=True,
        )
        for gap_px in _GAPS_PX:
            named += [(f"twins, gap {gap_px} px", draw_twins(gap_px, options.seed + 1000))]
            named += [(f"two classes, gap {gap_px} px", draw_others(gap_px, options.seed + 1000))]
    rows = compare(Reader.load(options.run or _RUN), named)
    write_result(options.name, "python -m benchmarks.twins " + " ".join(sys.argv[1:]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
