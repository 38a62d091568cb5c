"""A page for placing and checking the centres of characters: ``python -m annotation --help``."""

import argparse
import secrets
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fcn_captcha.reading.reader import Reader

_PORT = 8790


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m annotation",
        description="A page on this machine for placing and checking the centres of characters.",
        epilog="example: python -m annotation scans/ --no-browser   (over ssh: ssh -L 8790:localhost:8790 HOST)",
        allow_abbrev=False,
    )
    parser.add_argument("folder", help="of images; labelme JSON is written beside them")
    parser.add_argument("--model", metavar="S", help="a run's folder or a model file, which proposes")
    parser.add_argument("--port", type=int, default=_PORT, metavar="N", help=f"of the page (default {_PORT})")
    parser.add_argument("--no-browser", action="store_true", help="print the link only")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    import uvicorn

    from annotation.project import Project
    from annotation.server import make_app
    from fcn_captcha.console.progress import escape_output, fail

    escape_output()
    try:
        listener = _listen(options.port)
        project = Project(options.folder, _load_reader(options.model))
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    token = secrets.token_urlsafe(24)
    link = f"http://localhost:{listener.getsockname()[1]}/?token={token}"
    print(f"{len(project.folder.names):,} images in {options.folder}\n{link}\nCtrl-C ends it.", flush=True)
    if not options.no_browser:
        threading.Timer(0.5, webbrowser.open, [link]).start()
    config = uvicorn.Config(make_app(project, token), log_level="warning", server_header=False, date_header=False)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _load_reader(model: str | None) -> "Reader | None":
    if model is None:
        return None
    from fcn_captcha.model.backend import load_keras
    from fcn_captcha.reading.reader import Reader

    load_keras()
    return Reader.load(model)


def _listen(port: int) -> socket.socket:
    """Raises ``ValueError``, naming ``port``, where it is taken or none."""
    if not 0 <= port <= 65535:
        raise ValueError(f"port: a number of 0 to 65535 is needed, got {port}")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise ValueError(f"port: {port} can't be had ({error.strerror}); --port {port + 1} may be free") from None
    return listener


if __name__ == "__main__":
    sys.exit(main())
