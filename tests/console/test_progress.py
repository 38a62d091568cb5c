import io
import sys

import pytest

from fcn_captcha.console.progress import Watch, escape_output, fail, format_seconds


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (65, "1 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7380, "2 h 03 min"),
        (360_000, "100 h 00 min"),
    ],
)
def test_seconds_in_words(seconds: float, shown: str) -> None:
    assert format_seconds(seconds) == shown


def test_off_a_terminal_the_line_that_moves_is_printed_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch(every_s=0) as often:
        often.say("begins [bold]so[/bold]")
        often.move(0.05, "first")
        often.move(1, "last")
    assert capsys.readouterr().err == "begins [bold]so[/bold]\n  5 %  first\n100 %  last\n"
    with Watch(every_s=1e9) as seldom:
        seldom.move(0.5, "half")
        seldom.say("stays")
    assert capsys.readouterr().err == "stays\n"


def test_a_long_line_is_one_line_and_a_quiet_watch_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Watch().say("word " * 100)
    assert len(capsys.readouterr().err.splitlines()) == 1
    with Watch(quiet=True, every_s=0) as watch:
        watch.say("a")
        watch.move(0.5, "b")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_on_a_terminal_a_bar_moves_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    with Watch() as watch:
        watch.move(0.25, "epoch 3")
        watch.say("a line that stays")
    shown = terminal.getvalue()
    assert "25 %" in shown
    assert "epoch 3" in shown
    assert "a line that stays" in shown
    assert shown.endswith("\x1b[2K"), "the bar's line is wiped"
    watch.move(0.5, "after")  # outside of the job: no bar is left to move
    assert shown != terminal.getvalue()


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", rb"\xe9\u4e2d\udcd6"),
        ("cp1252", b"\xe9" + rb"\u4e2d\udcd6"),
        ("utf-8", "é中".encode() + rb"\udcd6"),
    ],
)
def test_what_a_console_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch, encoding: str, shown: bytes) -> None:
    written = io.BytesIO()
    console = io.TextIOWrapper(written, encoding=encoding, newline="")
    monkeypatch.setattr(sys, "stdout", console)
    escape_output.cache_clear()
    escape_output()
    escape_output.cache_clear()  # for the streams of other tests
    print("é中\udcd6", flush=True)
    assert written.getvalue() == shown + b"\n"


def test_an_error_names_its_reason_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    end = fail(ValueError("length: got 0"))
    assert isinstance(end, SystemExit)
    assert end.code == 1
    assert capsys.readouterr().err == "error: length: got 0\n"
