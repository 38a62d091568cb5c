import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_png

_MISSING = "libGL.so.1: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize("command", ["read", "serve"])
def test_without_the_libraries_of_a_screen_it_says_what_to_install(tmp_path: Path, command: str) -> None:
    """A stand-in that fails as opencv-python does on a bare server."""
    (tmp_path / "cv2.py").write_text(f"raise ImportError({_MISSING!r})\n")
    arguments = [sys.executable, "-m", f"fcn_captcha.{command}", str(write_png(tmp_path / "a.png"))]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    expected = f"{_MISSING}; without a screen: pip uninstall opencv-python; pip install opencv-python-headless"
    assert done.stderr == f"error: {expected}\n"


def test_where_it_is_whole_it_is_opencv_itself() -> None:
    import cv2

    from fcn_captcha.data import opencv

    assert opencv.cv2 is cv2
