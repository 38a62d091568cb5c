"""Many clients at once against the endpoint: requests a second, how long they wait, memory, and whether all is right.

    python -m benchmarks.endpoint_load MODEL --data FOLDER --clients 64 --seconds 60

Clients and server share this machine's cores. Each answer is compared with the reader's own.
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.served import Server, measure_memory, serve
from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.data.images import find_images
from fcn_captcha.reading.reader import Reader
from fcn_captcha.reading.records import make_record

_WARM_UP = 200  # requests before the clock and the memory count


class Client:
    """Asks again and again over one connection, beginning at an image of its own."""

    def __init__(self, server: Server, images: list[bytes], answers: list[Any], first: int) -> None:
        self._connection = server.connect()
        self._images, self._answers, self._number = images, answers, first
        self.seconds: list[float] = []
        self.outcomes: Counter[str] = Counter()

    def ask(self) -> None:
        number = self._number % len(self._images)
        self._number += 1
        started = time.monotonic()
        try:
            self._connection.request("POST", "/read", self._images[number])
            answer = self._connection.getresponse()
            content = answer.read()
        except OSError as error:
            self.outcomes[type(error).__name__] += 1
            self._connection.close()
            return
        self.seconds.append(time.monotonic() - started)
        if answer.status != 200:
            self.outcomes[f"status {answer.status}"] += 1
        else:
            self.outcomes["right" if is_same(json.loads(content), self._answers[number]) else "different"] += 1

    def ask_until(self, end: threading.Event) -> None:
        while not end.is_set():
            self.ask()
        self._connection.close()


def is_same(answer: Any, expected: Any) -> bool:
    """The same text, and numbers equal to 1e-3: another batch may round otherwise."""
    if answer["text"] != expected["text"]:
        return False
    found, wanted = (
        [r["confidence"], *(c[k] for c in r["characters"] for k in ("x", "y", "score"))] for r in (answer, expected)
    )
    return bool(np.allclose(found, wanted, atol=1e-3))


def measure(server: Server, images: list[bytes], answers: list[Any], clients: int, seconds: float) -> dict[str, Any]:
    warm = Client(server, images, answers, 0)
    for _ in range(_WARM_UP):
        warm.ask()
    before_mb, _ = measure_memory(server.pid)
    asking = [Client(server, images, answers, i * len(images) // clients) for i in range(clients)]
    end = threading.Event()
    with ThreadPoolExecutor(clients) as pool:
        started = time.monotonic()
        futures = [pool.submit(client.ask_until, end) for client in asking]
        time.sleep(seconds / 2)
        half_mb, _ = measure_memory(server.pid)
        time.sleep(seconds / 2)
        end.set()
        for future in futures:
            future.result()
        took = time.monotonic() - started
    after_mb, peak_mb = measure_memory(server.pid)
    waited = np.array([s for client in asking for s in client.seconds]) * 1000
    outcomes = sum((client.outcomes for client in asking), Counter[str]())
    right, different = outcomes.pop("right", 0), outcomes.pop("different", 0)
    return {
        "clients": clients,
        "seconds": round(took, 1),
        "requests": len(waited),
        "requests/s": round(len(waited) / took, 1),
        "median, ms": round(float(np.median(waited))),
        "99th percentile, ms": round(float(np.percentile(waited, 99))),
        "as the reader": right,
        "different": different,
        "errors": dict(outcomes) or 0,
        "memory before, half-way, after, peak, MB": " / ".join(
            f"{mb:.0f}" for mb in (before_mb, half_mb, after_mb, peak_mb)
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint_load", description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a run's folder or a model file")
    parser.add_argument("--data", required=True, metavar="FOLDER", help="images to send")
    parser.add_argument("--clients", type=int, default=64, metavar="N")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="X")
    parser.add_argument("--note", default="", metavar="S", help="what else ran on the machine, for the result")
    options = parser.parse_args()
    images = [Path(path).read_bytes() for path in find_images(options.data)]
    answers = [json.loads(json.dumps(make_record(r))) for r in Reader.load(options.model).read_many(images)]
    with serve(options.model) as server:
        row = measure(server, images, answers, options.clients, options.seconds)
    row["note"] = options.note
    write_result("endpoint_load", " ".join(["python -m benchmarks.endpoint_load", *sys.argv[1:]]), [row])
    print(make_markdown([row]))
    print(describe_machine())


if __name__ == "__main__":
    main()
