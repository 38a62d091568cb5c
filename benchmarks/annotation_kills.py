"""The annotation server killed in the midst of saving: what was acknowledged and is not on disk.

    python -m benchmarks.annotation_kills --kills 500

A client sends one change after the other to a few images; the server is ended by SIGKILL at a chance moment.
Then every file must be readable, and of each image say what was acknowledged last, or what was sent after it.
"""

import argparse
import http.client
import json
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image

from annotation.access import Guard
from annotation.project import Project
from annotation.record import parse_record, read_state
from annotation.server import make_app
from benchmarks.tables import describe_machine, write_result

_TOKEN = "t"
_IMAGES = 4
_WIDTH = 1000  # changes differ in x
_LONGEST_S = 0.4  # from the first change to the kill


@dataclass
class Count:
    """What happened, over all kills."""

    kills: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    lost: int = 0
    unreadable: int = 0
    left_over: int = 0


@dataclass
class Client:
    """Sends changes until the server is gone; of each image what was sent and acknowledged last."""

    port: int
    names: list[str]
    acknowledged: dict[str, float] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    count: int = 0
    began: threading.Event = field(default_factory=threading.Event)

    def run(self, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            connection.request("GET", f"/?token={_TOKEN}")
            answer = connection.getresponse()
            answer.read()
            cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]
            for name in self.names:
                connection.request("GET", f"/api/annotation?name={name}", headers={"Cookie": cookie})
                self.revisions[name] = json.loads(connection.getresponse().read())["revision"]
            for number in range(first, first + 10**6):
                self._change(connection, cookie, self.names[number % len(self.names)], float(number % _WIDTH))
        except (OSError, http.client.HTTPException):
            return
        finally:
            self.began.set()
            connection.close()

    def _change(self, connection: http.client.HTTPConnection, cookie: str, name: str, x: float) -> None:
        point = {"label": "a", "x": x, "y": 5, "extra": ""}
        body = json.dumps({"base": self.revisions[name], "points": [point], "done": True})
        headers = {"Cookie": cookie, "Content-Type": "application/json"}
        self.sent[name] = x
        self.began.set()
        connection.request("PUT", f"/api/annotation?name={name}", body, headers)
        answer = connection.getresponse()
        record = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{name}: {answer.status}: {record}")
        self.revisions[name] = record["revision"]
        self.acknowledged[name] = x
        self.count += 1


def run_kills(folder: Path, kills: int, seed: int) -> Count:
    """Kills a server on ``folder``, which gets a few images, so many times."""
    random_s = random.Random(seed)
    names = [f"a-{number}.png" for number in range(_IMAGES)]
    for number, name in enumerate(names):
        Image.new("L", (_WIDTH, 10), number).save(folder / name)
    known: dict[str, float] = {}
    count = Count()
    for kill in range(kills):
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        process = _fork_server(folder, listener)
        client = Client(listener.getsockname()[1], names, dict(known))
        listener.close()
        thread = threading.Thread(target=client.run, args=(kill * 7919,))
        thread.start()
        client.began.wait()
        time.sleep(random_s.uniform(0, _LONGEST_S))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        thread.join()
        known = _check(folder, client, count)
        count.kills += 1
        count.acknowledged += client.count
    count.left_over = len(list(folder.glob(".*.part")))
    return count


def _fork_server(folder: Path, listener: socket.socket) -> int:
    """A server in a process of its own, all modules loaded."""
    process = os.fork()
    if process:
        return process
    try:
        app: Guard = make_app(Project(folder), _TOKEN)  # type: ignore[assignment]
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
    finally:
        os._exit(1)


def _check(folder: Path, client: Client, count: Count) -> dict[str, float]:
    """Counts what is lost, and returns what each file says."""
    found: dict[str, float] = {}
    for name, acknowledged in client.acknowledged.items():
        path = (folder / name).with_suffix(".json")
        try:
            (point,) = read_state(parse_record(path.read_bytes(), path.name)).points
        except (ValueError, OSError):
            count.unreadable += 1
            continue
        found[name] = point.x
        in_flight = client.sent.get(name)
        if point.x != acknowledged:
            count.lost += point.x != in_flight
            count.in_flight += point.x == in_flight
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.annotation_kills", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=500, metavar="N", help="of the server")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments")
    parser.add_argument("--no-result", action="store_true", help="print the counts only")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        count = run_kills(Path(folder), options.kills, options.seed)
    row: dict[str, Any] = vars(count)
    print(json.dumps(row))
    if not options.no_result:
        write_result("annotation_kills", "python -m benchmarks.annotation_kills " + " ".join(sys.argv[1:]), [row])
        print(describe_machine())


if __name__ == "__main__":
    main()
