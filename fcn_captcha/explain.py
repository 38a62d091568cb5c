"""Show which strokes a trained model reads a character by: ``python -m fcn_captcha.explain --help``."""

import argparse

from fcn_captcha.console.options import add_flags
from fcn_captcha.inspection.minimisation import Minimisation
from fcn_captcha.read import add_search_flags


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.explain",
        description="Take away all ink that the network does not need to read a character, and draw what remains. "
        "Prints a line a character: place, character, share of its map kept, share of the ink that remains, steps.",
        epilog="example: python -m fcn_captcha.explain runs/first image.png --character 2 --out why.png",
        allow_abbrev=False,
    )
    parser.add_argument("model", help="a run's folder or a model file")
    parser.add_argument("image", help="an image file")
    parser.add_argument(
        "--character", metavar="S", help="the place in the reading, from 1, or a character; =3 is the digit 3 (all)"
    )
    parser.add_argument("--out", default="why.png", metavar="FILE", help="the figure, PNG, SVG or PDF (why.png)")
    parser.add_argument("--curves", metavar="FILE", help="draw both terms against the steps here")
    add_search_flags(parser)
    add_flags(parser, Minimisation, "minimisation")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from dataclasses import fields

    from fcn_captcha.console.progress import escape_output, fail
    from fcn_captcha.model.backend import load_keras

    escape_output()
    try:
        settings = Minimisation(**{f.name: getattr(options, f.name) for f in fields(Minimisation)})
        load_keras()
        from fcn_captcha.inspection.saliency import minimise
        from fcn_captcha.inspection.saliency_figure import plot_curves, plot_saliency
        from fcn_captcha.inspection.spot import measure_spot
        from fcn_captcha.inspection.view import look
        from fcn_captcha.model.model_file import read_model
        from fcn_captcha.reading.reader import make_options

        network, config = read_model(options.model)
        view = look(network, config, [options.image], make_options(config, options.length, options.allowed))[0]
        cases = [(view, detection) for detection in view.find(options.character)]
        found = minimise(network, cases, settings)
        plot_saliency(cases, found, measure_spot(network, config.stride)).savefig(options.out, dpi=150)
        if options.curves is not None:
            plot_curves(cases, found).savefig(options.curves, dpi=150)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    all_ink = max(float(view.ink.sum()), 1e-6)
    for (_, detection), saliency in zip(cases, found, strict=True):
        print(
            f"{detection.place + 1}\t{detection.character.character}\tmap {100 * saliency.kept:.0f} %\t"
            f"ink {100 * saliency.ink.sum() / all_ink:.1f} %\t{len(saliency.ink_curve) - 1} steps"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
