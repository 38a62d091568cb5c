"""Measure how far a network sees: ``python -m fcn_captcha.probe --help``."""

import argparse
import json
from pathlib import Path
from typing import Any


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.probe",
        description="Measure which input pixels a cell of the centre maps sees: by the graph and by an impulse.",
        epilog="example: python -m fcn_captcha.probe runs/first --draw field.png",
        allow_abbrev=False,
    )
    parser.add_argument("model", nargs="?", help="a run's folder or a model file")
    parser.add_argument("--architecture", metavar="S", help="an untrained network instead: residual, classic")
    parser.add_argument("--draw", metavar="S", help="file of a figure (.png, .svg, .pdf)")
    parser.add_argument("--json", action="store_true", help="print the measures as JSON")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail
    from fcn_captcha.model.backend import load_keras

    escape_output()
    try:
        if (options.model is None) == (options.architecture is None):
            raise ValueError("model: a run's folder or model file is needed, or else --architecture")
        load_keras()
        return probe(options)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None


def probe(options: argparse.Namespace) -> int:
    from fcn_captcha.inspection.field_plots import draw_probe
    from fcn_captcha.inspection.impulse import measure_spot
    from fcn_captcha.inspection.measures import measure_network
    from fcn_captcha.model.model_file import read_model
    from fcn_captcha.model.network import make_network

    if options.model is None:
        network, name = make_network(options.architecture, 1, 1), options.architecture
    else:
        network, name = read_model(options.model)[0], options.model
    found = measure_network(network, name)
    if options.json:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        print_measures(found)
    if options.draw is not None:
        draw_probe(found, measure_spot(network)).savefig(Path(options.draw), dpi=110)
    return 0


def print_measures(found: Any) -> None:
    from fcn_captcha.inspection.receptive_field import describe_fields

    print(describe_fields(found.fields))
    for name, axis in (("width", found.width), ("height", found.height)):
        print(
            f"{name:<7} theory {axis.theory_px} px, impulse {axis.support_px} px, sigma {axis.sigma_px:.1f} px, "
            f"above 35 % of the maximum {axis.level_35_px} px, above 3 % {axis.level_3_px} px"
        )


if __name__ == "__main__":
    raise SystemExit(main())
