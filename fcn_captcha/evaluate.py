"""Measure a trained model on labelled images: ``python -m fcn_captcha.evaluate --help``."""

import argparse
import json
import sys
from typing import Any

from fcn_captcha.read import add_search_flags


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.evaluate",
        description="Read labelled images and say how many readings are right, and what is confused with what.",
        epilog="example: python -m fcn_captcha.evaluate runs/first --data other",
        allow_abbrev=False,
    )
    parser.add_argument("model", help="a run's folder or a model file")
    parser.add_argument("--data", required=True, metavar="S", help="folder of labelled images, as train takes it")
    parser.add_argument("--label-pattern", metavar="S", help="as of train; that of the run if not given")
    parser.add_argument(
        "--part", choices=("all", "test"), default="all", help="all, or what the run did not use itself"
    )
    parser.add_argument("--fold", type=int, metavar="N", help="which tenth is the test part, if the model doesn't tell")
    parser.add_argument(
        "--shift", action="store_true", help="read each image on a wider canvas too, at places from edge to edge"
    )
    parser.add_argument("--json", action="store_true", help="print the measures as JSON")
    add_search_flags(parser)
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail

    escape_output()
    try:
        from fcn_captcha.evaluation.evaluator import evaluate

        found = evaluate(
            options.model,
            options.data,
            options.part,
            options.fold,
            options.length,
            options.allowed,
            options.shift,
            options.label_pattern,
        )
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    for problem in found.problems:
        print(f"warning: {problem}", file=sys.stderr)
    for note in found.notes:
        print(note, file=sys.stderr)
    if options.json:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        print_measures(found)
    return 0


def print_measures(found: Any) -> None:
    from fcn_captcha.evaluation.advice import describe_confusion

    measures = found.measures
    print(f"exact match      {measures.exact}")
    print(f"characters       {100 * measures.characters:.2f} %")
    print(f"edit distance    {measures.edit_distance:.3f} a string")
    print(f"confidence       {100 * found.reliability.calibration_error:.1f} points from the share that is right")
    print(f"surest 90 %      {100 * found.reliability.at_nine_tenths:.1f} % exact match")
    for length, share in measures.by_length.items():
        print(f"length {length:<9} {share}")
    worst = sorted(measures.by_character.items(), key=lambda item: item[1].value)[:5]
    for character, share in (item for item in worst if item[1].value < 1):
        print(f"character {character:<6} {share}")
    for confusion in measures.confusions[:10]:
        print(f"confusion        {describe_confusion(confusion.truth, confusion.read, confusion.times)}")
    for threshold, exact in found.threshold_curve:
        mark = "  <- the model's" if threshold == found.threshold else ""
        print(f"threshold {threshold:<6g} {100 * exact:.1f} %{mark}")
    for place, share in found.shift_curve:
        print(f"shifted {100 * place:5.1f} %  {share}")


if __name__ == "__main__":
    raise SystemExit(main())
