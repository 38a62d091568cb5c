"""Read images over HTTP: ``python -m fcn_captcha.serve --help``."""

import argparse
import sys

from fcn_captcha.read import add_search_flags


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.serve",
        description="Answer POST /read, whose body is an image file, with text, confidence and characters as JSON. "
        "GET / is a page that describes the rest.",
        epilog="example: curl --data-binary @image.png http://127.0.0.1:8790/read",
        allow_abbrev=False,
    )
    parser.add_argument("model", nargs="?", help="a run's folder or a model file; without it the package's own")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, default=8790, metavar="N", help="the port; 0 is any free one (8790)")
    parser.add_argument("--max-bytes", type=int, metavar="N", help="the largest file that is taken (2097152)")
    parser.add_argument("--max-pixels", type=int, metavar="N", help="the largest image that is read (1048576)")
    parser.add_argument("--max-requests", type=int, metavar="N", help="under way at once; more get 503 (128)")
    add_search_flags(parser)
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail

    escape_output()
    try:
        try:
            from fcn_captcha.serving.app import make_app
            from fcn_captcha.serving.server import find_url, is_loopback, open_socket, serve
        except ModuleNotFoundError as error:
            error.msg += "; pip install 'fcn_captcha[serve]' brings Starlette and Uvicorn"
            raise
        from fcn_captcha.reading.reader import Reader
        from fcn_captcha.serving.body import Limits

        given = {n: v for n in ("max_bytes", "max_pixels", "max_requests") if (v := getattr(options, n)) is not None}
        limits = Limits(**given)
        reader = Reader.load(options.model, options.length, options.allowed)
        listener = open_socket(options.host, options.port)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    if not is_loopback(options.host):
        print(f"warning: --host {options.host}: whoever reaches this machine can use it", file=sys.stderr)
    print(f"{find_url(listener)} answers; Ctrl-C stops it", flush=True)
    serve(make_app(reader, limits), listener)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
