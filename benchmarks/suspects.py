"""Wrong labels found: precision and recall for errors planted among a folder's labels.

    python -m benchmarks.suspects --data captcha-v2 --images 6000 --seeds 0 1

Of each twentieth image, chosen by the seed, one character is changed, two are swapped, or the string is that of
another image, a third each; the models train on these labels too. The search is that of
``python -m annotation.suspects``.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from annotation.part_folders import write_part_folder
from annotation.suspects import Suspect, find_suspects
from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.console.progress import Watch
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.model.backend import load_keras

KINDS = "one character changed", "two swapped", "another image's string"


def plant(samples: Sequence[Sample], share: float, seed: int) -> tuple[list[Sample], dict[int, str]]:
    """The samples with some strings made wrong, and the kind of error of each such sample's number."""
    rng = np.random.default_rng(seed)
    alphabet = sorted(set("".join(s.text for s in samples)))
    planted = list(samples)
    kinds: dict[int, str] = {}
    for i in rng.choice(len(samples), round(share * len(samples)), replace=False).tolist():
        kind, text = KINDS[len(kinds) % len(KINDS)], samples[i].text
        while (wrong := _spoil(text, kind, samples, alphabet, rng)) == text:
            pass
        planted[i] = replace(samples[i], text=wrong)
        kinds[i] = kind
    return planted, kinds


def _spoil(text: str, kind: str, samples: Sequence[Sample], alphabet: list[str], rng: np.random.Generator) -> str:
    if kind == KINDS[2]:
        return samples[int(rng.integers(len(samples)))].text
    characters = list(text)
    if kind == KINDS[1]:
        a, b = rng.choice(len(text), 2, replace=False)
        characters[a], characters[b] = characters[b], characters[a]
    else:
        characters[rng.integers(len(text))] = str(rng.choice(alphabet))
    return "".join(characters)


def measure(suspects: Sequence[Suspect], kinds: dict[str, str]) -> list[dict[str, Any]]:
    """A row for each kind of error and one for all; ``kinds`` is by the images' names."""
    doubted = {s.name for s in suspects if s.doubt >= 0.5}
    first = {s.name for s in suspects[: len(kinds)]}
    rows = []
    for kind in (*KINDS, "all"):
        of_kind = {name for name, its in kinds.items() if kind in (its, "all")}
        row: dict[str, Any] = {
            "planted": kind,
            "errors": len(of_kind),
            "doubted": len(of_kind & doubted),
            "recall, %": round(100 * len(of_kind & doubted) / len(of_kind), 1),
            "among as many first": len(of_kind & first),
            "labels doubted": "",
            "precision, %": "",
            "precision of as many first, %": "",
        }
        if kind == "all":
            row["labels doubted"] = len(doubted)
            row["precision, %"] = round(100 * len(of_kind & doubted) / max(1, len(doubted)), 1)
            row["precision of as many first, %"] = round(100 * len(of_kind & first) / len(first), 1)
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suspects", description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, metavar="S", help="folder of labelled images")
    parser.add_argument("--images", type=int, default=6000, metavar="N", help="shown in the training of each fold")
    parser.add_argument("--folds", type=int, default=3, metavar="N", help="trainings")
    parser.add_argument("--share", type=float, default=0.05, metavar="X", help="of the labels that are made wrong")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="of errors and trainings")
    parser.add_argument("--work", metavar="S", help="folder that keeps each fold's result, to go on")
    options = parser.parse_args()
    load_keras()
    rows = []
    for seed in options.seeds:
        found, kinds = search(options, seed)
        rows += [{"seed": seed, **row} for row in measure(found, kinds)]
        for s in found:
            if s.doubt >= 0.5:
                planted = kinds.get(s.name, "not planted")
                print(f"{s.name}\t{s.stated}\t{s.read}\t{s.doubt:.3f}\t{s.log_odds:.1f}\t{planted}", flush=True)
    told = f"--data {Path(options.data).name} --images {options.images} --folds {options.folds} --share {options.share}"
    write_result("suspects", f"python -m benchmarks.suspects {told} --seeds {' '.join(map(str, options.seeds))}", rows)
    print(make_markdown(rows))
    print(describe_machine())


def search(options: argparse.Namespace, seed: int) -> tuple[list[Suspect], dict[str, str]]:
    """What is found among the labels with errors of this seed, and the kind of error by the images' names there."""
    planted, kinds = plant(read_folder(options.data).samples, options.share, seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        write_part_folder(folder, {"images": planted})
        work = Path(options.work or name) / f"seed-{seed}"
        found = find_suspects(folder, work, options.folds, options.images, seed, watch=Watch())
    return found, {f"images/{i:06d}{(planted[i].path or Path()).suffix}": kind for i, kind in kinds.items()}


if __name__ == "__main__":
    main()
