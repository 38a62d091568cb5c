import os
import subprocess
import sys

from fcn_captcha.selection.tether import tether

_TETHERED = """
import os, sys, time
from fcn_captcha.selection.tether import tether
tether(int(sys.argv[1]))
print("tethered", flush=True)
time.sleep(600)
"""


def test_a_worker_ends_with_its_owner() -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    worker = subprocess.Popen([sys.executable, "-c", _TETHERED, str(owner.pid)], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "tethered\n"
    assert worker.poll() is None
    owner.kill()
    owner.wait()
    assert worker.wait(timeout=60) == 3
    worker.stdout.close()


def test_a_process_is_not_tied_to_itself() -> None:
    tether(os.getpid())
