"""An application behind a real server in a thread, and a plain client of it."""

import json
import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from types import TracebackType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from fcn_captcha.serving.server import open_socket


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Served:
    """Any number of threads may ask it."""

    def __init__(self, app: Starlette) -> None:
        self._listener = open_socket("127.0.0.1", 0)
        self._port = self._listener.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})

    def __enter__(self) -> "Served":
        self._thread.start()  # the socket listens already: who asks early waits
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, content: bytes = b"", kind: str | None = None) -> Answer:
        return self._ask("POST", path, content, {} if kind is None else {"Content-Type": kind})

    def _ask(self, method: str, path: str, content: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request(method, path, content, headers or {})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        finally:
            connection.close()
