"""A folder of images with its page's server, in this process or in its own."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from PIL import Image
from starlette.types import ASGIApp

from annotation.learning import Learning
from annotation.project import Project
from annotation.server import make_app

TOKEN = "the-token"


def write_picture(path: Path, size: tuple[int, int] = (120, 40), dots: tuple[int, ...] = (20, 60, 100)) -> Path:
    """A light image with a dark square around each of the columns ``dots``; of another name it is another."""
    shade = 210 + sum(path.name.encode()) % 40
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", size, (shade, shade, shade))
    for x in dots:
        picture.paste((20, 20, 20), (x - 6, 12, x + 6, 28))
    picture.save(path)
    return path


def make_point(label: str, x: float, y: float, extra: str = "") -> dict[str, Any]:
    return {"label": label, "x": x, "y": y, "extra": extra}


@dataclass
class Served:
    """A server that listens on ``port``; ``link`` opens its page."""

    port: int
    project: Project
    token: str = TOKEN

    @property
    def link(self) -> str:
        return f"http://localhost:{self.port}/?token={self.token}"


@contextmanager
def serve(
    folder: Path, port: int = 0, project: Project | None = None, token: str = TOKEN, learning: Learning | None = None
) -> Iterator[Served]:
    """The page of a folder, on a port of this machine, while the block runs."""
    project = project or Project(folder)
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(make_app(project, token, learning), log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Served(listener.getsockname()[1], project, token)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class Client:
    """Asks an app as the page does, once it has opened the link."""

    def __init__(self, app: ASGIApp, token: str | None = TOKEN) -> None:
        self._app = app
        self.cookies: dict[str, str] = {}
        if token is not None:
            self.ask("GET", f"/?token={token}")

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost:8790", cookies=self.cookies
            ) as client:
                response = await client.request(method, path, **options)
                self.cookies.update(client.cookies)
                return response

        return asyncio.run(send())

    def show(self, name: str) -> dict[str, Any]:
        response = self.ask("GET", "/api/annotation", params={"name": name})
        assert response.status_code == 200, response.text
        return dict(response.json())

    def put(self, name: str, base: str, points: list[dict[str, Any]], done: bool = False) -> httpx.Response:
        record = {"base": base, "points": points, "done": done}
        return self.ask("PUT", "/api/annotation", params={"name": name}, json=record)


@contextmanager
def start_command(folder: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``python -m annotation`` in a process of its own, and the link that it prints."""
    command = [sys.executable, "-m", "annotation", str(folder), "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(2)]
        assert lines[1].startswith("http://"), (lines, process.stderr.read() if process.stderr else "")
        yield process, lines[1]
    finally:
        process.kill()
        process.communicate()
