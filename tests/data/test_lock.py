import os
import subprocess
import sys
from pathlib import Path

import pytest

from fcn_captcha.data.lock import hold


def hold_elsewhere(path: Path) -> "subprocess.Popen[str]":
    """Another process that holds the lock until it is ended."""
    code = f"""
from pathlib import Path
from fcn_captcha.data.lock import hold
with hold(Path({str(path)!r}), "a test is going on there"):
    print("held", flush=True)
    input()"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", code], **pipes, text=True)  # type: ignore[call-overload]
    assert process.stdout.readline() == "held\n"
    return process  # type: ignore[no-any-return]


def test_it_makes_its_folder_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / ".lock"
    for _ in range(2):
        with hold(path, "a test"):
            assert path.read_text() == str(os.getpid())
        assert not path.exists()


def test_a_second_holder_is_told_who_is_first_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    process = hold_elsewhere(path)
    try:
        with pytest.raises(FileExistsError) as raised, hold(path, "a test is going on there"):
            pass
        told = f"{tmp_path}: a test is going on there, by process {process.pid}; wait for it, or end it"
        assert str(raised.value) == told
        assert path.read_text() == str(process.pid)
    finally:
        process.kill()
        process.communicate()
    assert path.exists()
    with hold(path, "a test"):
        assert path.read_text() == str(os.getpid())


def test_an_error_lets_go(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with pytest.raises(KeyError), hold(path, "a test"):
        raise KeyError
    with hold(path, "a test"):
        pass
