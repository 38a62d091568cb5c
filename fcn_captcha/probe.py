"""Measure how far a network sees: ``python -m fcn_captcha.probe --help``."""

import argparse
import json
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fcn_captcha.data.samples import Sample


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.probe",
        description="Measure which pixels a cell of the centre maps sees: by the graph, by an impulse, as trained.",
        epilog="example: python -m fcn_captcha.probe runs/first --draw field.png",
        allow_abbrev=False,
    )
    parser.add_argument("model", nargs="?", help="a run's folder or a model file")
    parser.add_argument("--architecture", metavar="S", help="an untrained network instead: dilated, residual, classic")
    parser.add_argument("--data", metavar="S", help="folder of images for the trained field; by default the run's")
    parser.add_argument("--generator", metavar="S", help="draw them instead, as of generate")
    parser.add_argument("--characters", type=int, default=400, metavar="N", help="to look at (default 400)")
    add_experiment_flags(parser)
    parser.add_argument("--draw", metavar="S", help="file of a figure (.png, .svg, .pdf)")
    parser.add_argument("--json", action="store_true", help="print the measures as JSON")
    return parser


def add_experiment_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the experiment of e and ё")
    group.add_argument("--experiment", action="store_true", help="find how far small networks learn to see a mark")
    group.add_argument("--depths", default="2,4,8", metavar="S", help="their convolutions after the pool (2,4,8)")
    group.add_argument("--images", type=int, default=6400, metavar="N", help="of each training (default 6400)")
    group.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and images (default 0)")


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail
    from fcn_captcha.model.backend import load_keras

    escape_output()
    try:
        if sum((options.model is not None, options.architecture is not None, options.experiment)) != 1:
            raise ValueError("model: one of a run's folder or model file, --architecture and --experiment is needed")
        load_keras()
        return experiment(options) if options.experiment else probe(options)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None


def probe(options: argparse.Namespace) -> int:
    from fcn_captcha.inspection.field_plots import draw_probe
    from fcn_captcha.inspection.impulse import measure_spot
    from fcn_captcha.inspection.measures import measure_network
    from fcn_captcha.model.model_file import read_model
    from fcn_captcha.model.network import make_network

    trained: dict[str, Any] = {}
    if options.model is None:
        network, name = make_network(options.architecture, 1, 1), options.architecture
    else:
        (network, config), name = read_model(options.model), options.model
        trained = measure_gradients(network, config, options)
    found = measure_network(network, name)
    verdict = find_verdict(found, trained)
    if options.json:
        record = {name: field.as_dict() for name, field in trained.items()}
        print(json.dumps({**found.as_dict(), "trained": record, "verdict": verdict}, ensure_ascii=False, indent=1))
    else:
        print_measures(found)
        print_trained(trained, verdict)
    if options.draw is not None:
        draw_probe(found, measure_spot(network), trained.get("all")).savefig(Path(options.draw), dpi=110)
    return 0


def experiment(options: argparse.Namespace) -> int:
    from fcn_captcha.console.ranges import parse_numbers
    from fcn_captcha.inspection.distant_mark import make_stack, measure_reach
    from fcn_captcha.inspection.field_plots import draw_reaches
    from fcn_captcha.inspection.measures import measure_network

    depths = parse_numbers(options.depths, "depths")
    rows, reaches = [], {}
    for depth in depths:
        width = measure_network(make_stack(depth), f"stack-{depth}").width
        reach = reaches[width.theory_px] = measure_reach(depth, options.seed, options.images)
        rows.append(
            {
                "depth": depth,
                "theory_px": width.theory_px,
                "support_px": width.support_px,
                "sigma_px": width.sigma_px,
                "trained_px": reach.level_3_px,
                "mark_px": round(2 * reach.distance_px, 1),
                "accuracies": dict(zip(reach.distances_px, reach.accuracies, strict=True)),
            }
        )
        if not options.json:
            print_row(rows[-1])
    if options.json:
        print(json.dumps(rows, indent=1))
    if options.draw is not None:
        draw_reaches(reaches).savefig(Path(options.draw), dpi=110)
    return 0


def print_row(row: dict[str, Any]) -> None:
    curve = " ".join(f"{distance}:{100 * accuracy:.0f}" for distance, accuracy in row["accuracies"].items())
    print(
        f"depth {row['depth']:<3} theory {row['theory_px']} px, impulse {row['support_px']} px, sigma "
        f"{row['sigma_px']:.1f} px, trained 3 % line {row['trained_px']} px, twice the e/ё distance "
        f"{row['mark_px']} px; accuracy by distance, %: {curve}",
        flush=True,
    )


def measure_gradients(network: Any, config: Any, options: argparse.Namespace) -> dict[str, Any]:
    """The trained field of 'all' characters and of each that is frequent enough; empty without images."""
    from fcn_captcha.inspection.trained_field import find_cells, measure_classes, measure_trained

    samples = find_samples(options)
    if samples is None:
        print("note: no images, so no trained field; --data or --generator gives some", file=sys.stderr)
        return {}
    cells = find_cells(network, config, samples, options.characters)
    if not cells:
        print("note: the model reads nothing in these images, so no trained field", file=sys.stderr)
        return {}
    return {"all": measure_trained(network, cells), **measure_classes(network, config, cells)}


def find_samples(options: argparse.Namespace) -> "Iterable[Sample] | None":
    """The images to look at: drawn ones, those of a folder, or those that the run was trained on."""
    from fcn_captcha.data.samples import read_folder
    from fcn_captcha.model.run_folder import read_run_data
    from fcn_captcha.synthesis import find_generator, stream

    if options.generator is not None:
        drawn = stream(find_generator(options.generator), seed=2026)
        return islice(drawn, options.characters)  # enough where there is a character in each
    run = read_run_data(options.model)
    if options.data is not None:
        return read_folder(options.data).samples
    if run.data is not None and run.data.exists():
        return read_folder(run.data, run.label_pattern).samples
    return None


def find_verdict(found: Any, trained: dict[str, Any]) -> list[str]:
    from fcn_captcha.inspection.field_advice import advise

    return advise(found.fields, trained["all"]) if trained else []


def print_measures(found: Any) -> None:
    from fcn_captcha.inspection.receptive_field import describe_fields

    print(describe_fields(found.fields))
    for name, axis in (("width", found.width), ("height", found.height)):
        print(
            f"{name:<7} theory {axis.theory_px} px, impulse {axis.support_px} px, sigma {axis.sigma_px:.1f} px, "
            f"above 35 % of the maximum {axis.level_35_px} px, above 3 % {axis.level_3_px} px"
        )


def print_trained(trained: dict[str, Any], verdict: list[str]) -> None:
    for name, field in trained.items():
        record = field.as_dict()
        sizes = ", ".join(
            f"{side} sigma {record[side]['sigma_px']:.1f}, 35 % {record[side]['level_35_px']}, "
            f"3 % {record[side]['level_3_px']} px"
            for side in ("width", "height")
        )
        print(f"trained {name} ({field.count} characters): {sizes}, box inside {100 * field.share_inside:.0f} %")
    for line in verdict:
        print(f"verdict {line}")


if __name__ == "__main__":
    raise SystemExit(main())
