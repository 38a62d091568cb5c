"""A page for placing and checking the centres of characters: ``python -m annotation --help``."""

import argparse
import secrets
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotation.suspect_table import Doubted
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
    parser.add_argument(
        "--suspects", action="store_true", help="list the labels that are probably wrong, then show them"
    )
    parser.add_argument("--runs", default="runs", metavar="S", help="folder for the runs of trainings from the page")
    parser.add_argument("--port", type=int, default=_PORT, metavar="N", help=f"of the page (default {_PORT})")
    parser.add_argument("--no-browser", action="store_true", help="print the link only")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from fcn_captcha.console.progress import escape_output, fail

    escape_output()
    try:
        try:
            import uvicorn

            from annotation.learning import Learning
            from annotation.project import Project
            from annotation.server import make_app
        except ModuleNotFoundError as error:
            error.msg += "; pip install 'fcn_captcha[annotation]' brings what the page needs"
            raise
        project = Project(options.folder, _load_reader(options.model), _find_suspects(options))
        listener = _listen(options.port)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    token = secrets.token_urlsafe(24)
    link = f"http://localhost:{listener.getsockname()[1]}/?token={token}"
    print(f"{len(project.folder.names):,} images in {options.folder}\n{link}\nCtrl-C ends it.", flush=True)
    if not options.no_browser:
        threading.Timer(0.5, webbrowser.open, [link]).start()
    learning = Learning(project.folder.root, Path(options.runs), project.take_reader)
    config = uvicorn.Config(
        make_app(project, token, learning),
        log_level="warning",
        timeout_keep_alive=75,
        server_header=False,
        date_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _load_reader(model: str | None) -> "Reader | None":
    if model is None:
        return None
    from fcn_captcha.reading.reader import Reader

    return Reader.load(model)


def _find_suspects(options: argparse.Namespace) -> "dict[str, Doubted]":
    """What is known of wrong labels; with ``--suspects`` after a search, which trains models of its own."""
    from annotation.suspect_table import find_table, read_suspects

    table = find_table(Path(options.folder))
    if options.suspects:
        from annotation.suspects import main as search

        judges = [] if options.model is None else ["--run", options.model]
        table.parent.mkdir(parents=True, exist_ok=True)
        search([options.folder, "--work", str(table.parent), "--out", str(table), *judges])
    return read_suspects(table) if table.exists() else {}


def _listen(port: int) -> socket.socket:
    """Raises ``ValueError``, naming ``port``, where it is taken or none."""
    if not 0 <= port <= 65535:
        raise ValueError(f"port: a number of 0 to 65535 is needed, got {port}")
    # asyncio sends small answers at once only where the protocol is named; else each waits for 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)  # who opens the link at once waits for the server to begin
    except OSError as error:
        listener.close()
        raise ValueError(f"port: {port} can't be had ({error.strerror}); --port {port + 1} may be free") from None
    return listener


if __name__ == "__main__":
    sys.exit(main())
