"""The endpoint on a socket, until it is told to stop."""

import signal
import socket
from types import FrameType

import uvicorn
from starlette.applications import Starlette

_LAST_PORT = 65535
_STOP_S = 60  # for requests under way
_LOOPBACK = ("127.", "localhost", "::1")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    return host.startswith(_LOOPBACK)


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket; with port 0 on a free one. Raises ``OSError`` or ``ValueError``, naming the flags."""
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"--port: a number of 0 to {_LAST_PORT} is needed, got {port}")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise OSError(f"--host {host} --port {port}: can't listen there: {error}") from None


def find_url(listener: socket.socket) -> str:
    """Where a socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def serve(app: Starlette, listener: socket.socket) -> None:
    """Answers requests until SIGINT or SIGTERM, then those under way, and returns."""
    for name in (signal.SIGINT, signal.SIGTERM):  # the server repeats the signal when it has stopped
        signal.signal(name, _stay)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_STOP_S)
    uvicorn.Server(config).run(sockets=[listener])


def _stay(number: int, frame: FrameType | None) -> None:
    pass
