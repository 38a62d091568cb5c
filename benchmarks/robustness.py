"""Mutated images through ``Reader`` and through the endpoint: crashes, hangs, memory.

    python -m benchmarks.robustness MODEL --mutations 100000 --requests 10000

Each reading has the time of ``--timeout``; what a process did not survive is found and named by its number, for
``benchmarks.mutations.mutate``. Before the mutations come the bombs.
"""

import argparse
import multiprocessing
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.mutations import make_bombs, mutate
from benchmarks.served import Server, measure_memory, serve
from benchmarks.tables import describe_machine, make_markdown, write_result
from fcn_captcha.data.errors import DataError
from fcn_captcha.reading.reader import Reader

_CHUNK = 100
_CLIENTS = 8


def make_file(seed: int, number: int) -> tuple[str, bytes]:
    """Negative numbers are the bombs, the others the mutations."""
    return make_bombs()[-number - 1] if number < 0 else mutate(seed, number)


def make_numbers(mutations: int) -> Iterator[int]:
    yield from range(-len(make_bombs()), mutations)


class Tally:
    """What came of the files."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.slowest_s, self.memory_mb = 0.0, 0.0
        self.failures: list[str] = []

    def add(self, outcomes: list[tuple[str, float]], memory_mb: float) -> None:
        self.counts.update(outcome for outcome, _ in outcomes)
        self.slowest_s = max([self.slowest_s, *(seconds for _, seconds in outcomes)])
        self.memory_mb = max(self.memory_mb, memory_mb)

    def make_row(self, way: str, before_mb: float) -> dict[str, Any]:
        return {
            "way": way,
            "files": self.counts.total(),
            "read": self.counts.pop("read", 0),
            "refused": self.counts.pop("refused", 0),
            "anything else": dict(self.counts) or 0,
            "slowest, s": round(self.slowest_s, 1),
            "memory before, MB": round(before_mb),
            "peak memory, MB": round(self.memory_mb),
            "failures": self.failures,
        }


def read_files(model: str, seed: int, orders: "Connection[Any, Any]") -> None:
    """In a process of its own: reads the files whose numbers come, and says what came of them."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # compiled libraries complain there
    warnings.simplefilter("error")
    reader = Reader.load(model)
    reader.read(np.full((50, 200), 255, np.uint8))
    orders.send(measure_memory()[1])
    while (numbers := orders.recv()) is not None:
        outcomes = []
        for number in numbers:
            _, content = make_file(seed, number)
            started = time.monotonic()
            try:
                reader.read(content)
                outcome = "read"
            except DataError:
                outcome = "refused"
            except BaseException as error:
                outcome = f"{type(error).__name__} at {number}"
            outcomes.append((outcome, time.monotonic() - started))
        orders.send((outcomes, measure_memory()[1]))


class Child:
    """The process that reads, started anew where it did not survive."""

    def __init__(self, model: str, seed: int, timeout_s: float) -> None:
        self._arguments, self._timeout_s = (model, seed), timeout_s
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, other = context.Pipe()
        self._process = context.Process(target=read_files, args=(*self._arguments, other), daemon=True)
        self._process.start()
        other.close()
        self.before_mb: float = self._orders.recv()

    def read(self, numbers: list[int], tally: Tally) -> None:
        """Where a chunk crashes or hangs, each of it alone."""
        self._orders.send(numbers)
        try:
            if not self._orders.poll(self._timeout_s * len(numbers)):
                raise TimeoutError
            tally.add(*self._orders.recv())
        except (EOFError, OSError, TimeoutError) as error:
            self._process.kill()
            self._process.join()
            self._start()
            if len(numbers) > 1:
                for number in numbers:
                    self.read([number], tally)
            else:
                what = "hang" if isinstance(error, TimeoutError) else "crash"
                tally.counts[what] += 1
                tally.failures.append(f"{what} at {numbers[0]}")

    def end(self) -> None:
        self._orders.send(None)
        self._process.join()


def try_reader(model: str, mutations: int, seed: int, timeout_s: float) -> dict[str, Any]:
    child, tally, numbers = Child(model, seed, timeout_s), Tally(), make_numbers(mutations)
    before_mb = child.before_mb
    while chunk := list(islice(numbers, _CHUNK)):
        child.read(chunk, tally)
    child.end()
    return tally.make_row("Reader", before_mb)


def ask(server: Server, content: bytes, timeout_s: float) -> tuple[str, float]:
    """What the endpoint answers to a file, and after how long."""
    started = time.monotonic()
    connection = server.connect(timeout_s)
    try:
        connection.request("POST", "/read", content)
        answer = connection.getresponse()
        answer.read()
        outcome = {200: "read", 400: "refused", 413: "refused"}.get(answer.status, f"status {answer.status}")
    except TimeoutError:
        outcome = "hang"
    except (OSError, HTTPException) as error:
        outcome = f"no answer: {type(error).__name__}"
    finally:
        connection.close()
    return outcome, time.monotonic() - started


def try_endpoint(model: str, mutations: int, seed: int, timeout_s: float) -> dict[str, Any]:
    tally = Tally()
    with serve(model) as server, ThreadPoolExecutor(_CLIENTS) as pool:
        ask(server, mutate(seed, 0)[1], timeout_s)
        before_mb, _ = measure_memory(server.pid)
        numbers = make_numbers(mutations)
        while chunk := list(islice(numbers, _CHUNK)):
            files = [make_file(seed, number)[1] for number in chunk]
            outcomes = list(pool.map(lambda content: ask(server, content, timeout_s), files))
            tally.add(outcomes, measure_memory(server.pid)[1])
    return tally.make_row(f"endpoint, {_CLIENTS} clients", before_mb)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a run's folder or a model file")
    parser.add_argument("--mutations", type=int, default=100_000, metavar="N", help="through Reader")
    parser.add_argument("--requests", type=int, default=10_000, metavar="N", help="through the endpoint")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the tests use 0")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="X", help="seconds for a file")
    options = parser.parse_args()
    rows = [
        try_reader(options.model, options.mutations, options.seed, options.timeout),
        try_endpoint(options.model, options.requests, options.seed + 1, options.timeout),
    ]
    write_result("robustness", " ".join(["python -m benchmarks.robustness", *sys.argv[1:]]), rows)
    print(make_markdown(rows))
    print(describe_machine())


if __name__ == "__main__":
    main()
