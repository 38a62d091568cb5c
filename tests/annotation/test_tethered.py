import subprocess
import sys
from pathlib import Path

import pytest

from annotation.tethered import LEFT_ALONE

STUB = """
import sys, time
print("up", *sys.argv[1:], flush=True)
while "forever" in sys.argv:
    time.sleep(0.1)
sys.exit(7)
"""
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "annotation.tethered", "stub", "forever"], stdin=subprocess.PIPE)
time.sleep(1000)
"""


@pytest.fixture(autouse=True)
def _stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stub.py").write_text(STUB)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "annotation.tethered", "stub", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_it_is_the_module_s_program() -> None:
    with start("a", "b c") as process:
        assert process.stdout is not None
        assert process.stdout.read() == b"up a b c\n"
        assert process.wait() == 7


def test_it_ends_when_it_is_let_go() -> None:
    with start("forever") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"up forever\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait() == LEFT_ALONE


def test_it_ends_with_a_starter_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up forever\n"
        parent.kill()
        assert parent.stdout.read() == b""  # ends only when nobody has it open, the program included
