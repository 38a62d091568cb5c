import threading

import pytest
from recorder import Notebook

from fcn_captcha.selection import following
from fcn_captcha.selection.following import follow


def test_the_line_moves_meanwhile_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_EVERY_S", 0.001)
    watch, seen = Notebook(), threading.Event()

    def measure() -> tuple[float, str]:
        seen.set()
        return 0.5, "half"

    with follow(watch, measure):
        assert seen.wait(60)
    assert set(watch.moves) == {(0.5, "half")}
    assert not any(thread.name == "progress" for thread in threading.enumerate())
