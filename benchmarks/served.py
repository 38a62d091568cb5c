"""A served model in a process of its own, and how much memory a process has."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Server:
    """Where it answers, and its process."""

    address: str
    pid: int

    def connect(self, timeout_s: float = 60.0) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, timeout=timeout_s)


@contextmanager
def serve(model: str) -> Iterator[Server]:
    """``python -m fcn_captcha.serve`` on a free port, told to stop at the end; it must end by itself and well."""
    command = [sys.executable, "-m", "fcn_captcha.serve", model, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(command)}: it did not start")
        yield Server(urlsplit(line.split()[0]).netloc, process.pid)
    finally:
        process.terminate()
        status = process.wait(120)
    if status:
        raise RuntimeError(f"{' '.join(command)}: it ended with {status}")


def measure_memory(pid: int | str = "self") -> tuple[float, float]:
    """Resident memory of a process, now and at most so far, in MB. Linux only."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    now, most = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most
