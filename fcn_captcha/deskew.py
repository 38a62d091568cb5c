"""Find the midline of slanting or bent text and make it level: ``python -m fcn_captcha.deskew --help``."""

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fcn_captcha.data.deskew import Midline


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.deskew",
        description="Print the angle of an image's text, clockwise on the screen positive, and its height.",
        epilog="example: python -m fcn_captcha.deskew image.png --draw out.png",
        allow_abbrev=False,
    )
    parser.add_argument("image", help="image file")
    parser.add_argument("--curve", action="store_true", help="look for a bend of the midline, too, and straighten it")
    parser.add_argument("--draw", metavar="S", help="picture to write: the image, the fitted midline, the result")
    parser.add_argument("--out", metavar="S", help="image to write: the text levelled and scaled to one height")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print a record: angle_deg, height_px, and reason if any; "
        "with --curve sagitta_px, how far the midline is at most from its chord, and curve_px, the coefficients of "
        "its distance below the straight midline, by the place along the text from -1 to 1",
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail
    from fcn_captcha.data.deskew import TEXT_HEIGHT_PX, level
    from fcn_captcha.data.images import read_image
    from fcn_captcha.data.preprocessing import find_preprocess

    escape_output()
    try:
        image = read_image(options.image)
        midline = find_preprocess([image], deskew=True, straighten=options.curve).find_midline(image)
        if options.draw:
            from fcn_captcha.evaluation.levelling import plot_levelling

            plot_levelling(image, midline, TEXT_HEIGHT_PX).savefig(options.draw, dpi=150)
        if options.out:
            from PIL import Image

            levelled = image if midline.reason else level(image, midline, TEXT_HEIGHT_PX)[0]
            Image.fromarray(levelled).save(options.out)
    except (ValueError, OSError) as error:
        raise fail(error) from None
    said = json.dumps(make_record(midline, options.curve), ensure_ascii=False) if options.json else describe(midline)
    print(said)
    return 0


def make_record(midline: "Midline", curved: bool = False) -> dict[str, Any]:
    """What ``--json`` prints; where a curve was looked for, its sagitta and coefficients: 0 and none if straight."""
    record: dict[str, Any] = {"angle_deg": round(midline.angle_deg, 3), "height_px": round(midline.height_px, 2)}
    if curved:
        curve = midline.curve
        record["sagitta_px"] = 0.0 if curve is None else round(curve.sagitta, 2)
        record["curve_px"] = [] if curve is None else [round(c, 3) for c in curve.coefficients]
    return record if midline.reason is None else {**record, "reason": midline.reason}


def describe(midline: "Midline") -> str:
    if midline.reason is not None:
        return f"stays as it is: {midline.reason}"
    lines = [f"angle   {midline.angle_deg:+.1f}°", f"height  {midline.height_px:.1f} px"]
    if midline.curve is not None:
        lines.append(f"bent    {midline.curve.sagitta:.1f} px from its chord")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
