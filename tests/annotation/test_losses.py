"""The eight ways in which other tools lost their users' work, each tried on this page in a real browser.

What the page calls saved must be on disk, and what it can't save must be kept, and said.
"""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from browser import Tab
from served import Served, serve, start_command, write_picture

from annotation.record import Point, State
from fcn_captcha.data.samples import read_folder

pytest_plugins = ["page_fixtures"]

STATE = State((Point("a", 20, 20), Point("b", 60, 20), Point("c", 100, 20)))
_SAVES = "**/api/annotation*"


def find_letters(tab: Tab, name: str = "abc.png") -> str:
    return "".join(mark[0] for mark in tab.read(name))


class Command:
    """A page's server in a process of its own, as :class:`Tab` wants it."""

    def __init__(self, served: Served, link: str) -> None:
        self.project, self.link = served.project, link


# --- a crash before an autosave: CVAT 7996, 1857; doccano 1111, 404 ---


def test_a_crash_before_an_autosave(context: Any, served: Served) -> None:
    with start_command(served.project.folder.root) as (process, link):
        tab = Tab(context, Command(served, link)).open()  # type: ignore[arg-type]
        tab.press("Tab", "x")
        tab.wait_saved()
        process.kill()  # the server and then the browser, at once after "saved"
        process.wait()
    context.close()
    assert find_letters(tab) == "xbc"


def test_what_could_not_be_saved_before_a_crash_is_kept_and_saved_later(context: Any, served: Served) -> None:
    folder = served.project.folder.root
    with serve(folder) as first:
        tab = Tab(context, first).open()
        tab.press("Tab", "x")
        tab.wait_saved()
    tab.press("y")
    tab.wait_for_state("not saved: retrying; 1 kept in this browser")
    tab.page.close()  # without a question: as in a crash
    assert find_letters(tab) == "xbc"
    with serve(folder, first.port) as second:
        tab = Tab(context, second).open()
        tab.wait_saved()
        assert find_letters(tab) == "xyc"
        assert "".join(mark[0] for mark in tab.marks) == "xyc"


# --- a session ends: CVAT 1025; Label Studio 1790 ---


def test_a_token_that_ends_in_the_midst(context: Any, served: Served) -> None:
    folder = served.project.folder.root
    with serve(folder) as first:
        tab = Tab(context, first).open()
        tab.press("Tab", "x")
        tab.wait_saved()
    with serve(folder, first.port, token="another-token") as second:
        tab.press("y")
        tab.wait_for_state("not saved: this link has ended, open the new one; 1 kept in this browser")
        assert find_letters(tab) == "xbc"
        Tab(context, second).open()  # in another tab
        tab.wait_saved()  # the first one goes on
        assert find_letters(tab) == "xyc"


# --- a network error halves a save without a sign: Label Studio 6674, 1101; CVAT 5169; doccano 1746 ---


def test_a_network_error_that_halves_a_save(tab: Tab) -> None:
    tab.page.route(_SAVES, lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    tab.press("Tab", *"xyz")
    tab.wait_for_state("not saved: retrying; 1 kept")
    tab.go("d", "def.png")
    tab.press("Tab", "q")
    tab.wait_for_state("not saved: retrying; 2 kept")
    assert not tab.has_file("abc.png")
    tab.page.unroute(_SAVES)
    tab.wait_saved()
    assert find_letters(tab) == "xyz"
    assert find_letters(tab, "def.png") == "qef"


def test_an_answer_that_is_lost_makes_no_conflict(tab: Tab) -> None:
    lost: list[int] = []

    def lose(route: Any) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route.fetch().status)  # it reaches the server, the answer does not reach the page
            route.abort()
        else:
            route.continue_()

    tab.page.route(_SAVES, lose)
    tab.press("Tab", "x")
    tab.wait_for_state("saved")
    tab.wait_saved()
    assert lost == [200]
    tab.press("y")
    tab.wait_saved()
    assert find_letters(tab) == "xyc"


def test_a_server_that_fails_is_asked_again(tab: Tab) -> None:
    failures = iter([500, 507, 503])

    def fail(route: Any) -> None:
        status = next(failures, None) if route.request.method == "PUT" else None
        route.continue_() if status is None else route.fulfill(status=status, body="half an ans")

    tab.page.route(_SAVES, fail)
    tab.press("Tab", "x")
    tab.wait_for_state("not saved: retrying")
    tab.wait_saved()
    assert find_letters(tab) == "xbc"


# --- two tabs or two people: SUSTechPOINTS 109; CVAT 5105; doccano 1419 ---


@pytest.mark.parametrize("choice", ["keep-mine", "take-theirs"])
def test_two_people_on_one_image(browser: Any, context: Any, served: Served, choice: str) -> None:
    one = Tab(context, served).open()
    another = browser.new_context()
    other = Tab(another, served).open()
    one.press("Tab", "x")
    one.wait_saved()
    other.press("Tab", "Tab", "y")
    other.wait_for_state("not saved: changed elsewhere")
    assert find_letters(one) == "xbc"  # not overwritten
    assert other.page.text_content("#mine-text") == "ayc"
    assert other.page.text_content("#theirs-text") == "xbc"
    assert len(other.page.query_selector_all("#theirs .mark")) == 3
    other.press("z")  # goes on meanwhile
    assert find_letters(one) == "xbc"
    other.page.click(f"#{choice}")
    other.wait_saved()
    assert find_letters(one) == ("ayz" if choice == "keep-mine" else "xbc")
    if choice == "take-theirs":
        other.press("Control+z")  # what was not chosen is not lost either
        other.wait_saved()
        assert find_letters(one) == "ayz"
    another.close()


def test_two_tabs_of_one_browser_with_a_change_waiting_in_each(context: Any, served: Served) -> None:
    one, other = Tab(context, served).open(), Tab(context, served).open()
    for tab in (one, other):
        tab.page.route(_SAVES, lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    one.press("Tab", "x")
    other.press("d")
    other.wait_for_name("def.png")
    other.press("Tab", "y")
    for tab in (one, other):
        tab.wait_for_state("not saved: retrying; 1 kept")
        tab.page.close()
    later = Tab(context, served).open()
    later.wait_saved()
    assert find_letters(later) == "xbc"
    assert find_letters(later, "def.png") == "yef"


def test_a_change_of_another_program_is_shown_when_the_image_is_opened_again(tab: Tab) -> None:
    tab.press("Tab", "x", "Escape")
    tab.wait_saved()
    tab.go("d", "def.png")
    path = tab.served.project.folder.root / "abc.json"
    path.write_text(path.read_text().replace('"x"', '"w"'))
    tab.go("d", "ghi.png")
    tab.go("d", "abc.png")
    assert tab.text == "wbc"
    tab.press("Tab", "Tab", "y")
    tab.wait_saved()
    assert find_letters(tab) == "wyc"


# --- saving after undo: labelme 410, 411, 1295 ---


def test_saving_after_undo(tab: Tab) -> None:
    tab.press("Tab", "x", "Delete", "Control+z", "Control+z", "Control+Shift+Z", "Control+z", "Enter")
    tab.wait_for_name("def.png")
    tab.wait_saved()
    assert find_letters(tab) == "abc"
    samples = read_folder(tab.served.project.folder.root).samples
    assert [(sample.name, sample.centres is not None) for sample in samples] == [
        ("abc.png", True), ("def.png", False), ("ghi.png", False),
    ]  # fmt: skip
    record = tab.read_record("abc.png")
    assert [shape["shape_type"] for shape in record["shapes"]] == ["point"] * 3
    assert record["imageData"] is None


# --- "keep previous" into the wrong file: X-AnyLabeling 310 ---


def test_a_change_never_lands_in_the_file_of_another_image(tab: Tab) -> None:
    def dawdle(route: Any) -> None:
        if route.request.method == "PUT":
            time.sleep(0.3)
        route.continue_()

    tab.page.route(_SAVES, dawdle)
    tab.press("Tab", "x", "Escape", "d")
    tab.wait_for_name("def.png")
    tab.press("d")
    tab.wait_for_name("ghi.png")
    tab.press("Tab", "z", "Escape", "a")
    tab.wait_for_name("def.png")
    tab.wait_saved()
    assert find_letters(tab) == "xbc"
    assert find_letters(tab, "ghi.png") == "zhi"
    assert not tab.has_file("def.png")


def test_an_image_that_was_asked_for_before_its_change_was_saved_is_shown_with_the_change(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tab.served.project
    save = project.save

    def save_slowly(*arguments: Any) -> Any:
        time.sleep(0.5)
        return save(*arguments)

    monkeypatch.setattr(project, "save", save_slowly)
    tab.go("d", "def.png")
    tab.press("Tab", "x", "Escape")
    tab.go("a", "abc.png")  # asks for the next one ahead, while its change is on its way
    tab.wait_saved()
    tab.go("d", "def.png")
    assert tab.text == "xef"
    tab.press("Tab", "Tab", "y")
    tab.wait_saved()
    assert find_letters(tab, "def.png") == "xyf"


def test_a_string_that_is_placed_late_is_placed_on_its_own_image(tab: Tab) -> None:
    def dawdle(route: Any) -> None:
        time.sleep(0.3)
        route.continue_()

    tab.page.route("**/api/proposal*", dawdle)
    tab.press("e")
    tab.page.keyboard.type("lm")
    tab.press("Enter", "d")
    tab.wait_for_name("def.png")
    tab.page.wait_for_timeout(700)
    tab.wait_saved()
    assert "".join(mark[0] for mark in tab.marks) == "def"
    assert not tab.has_file("def.png")
    assert find_letters(tab) == "lm"
    tab.go("a", "abc.png")
    assert tab.text == "lm"


def test_a_folder_of_another_page_gets_none_of_the_changes_kept_for_this_one(context: Any, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        write_picture(tmp_path / folder / "abc.png")
    with serve(tmp_path / "one") as one:
        tab = Tab(context, one).open()
        port = one.port
    tab.press("Tab", "x")
    tab.wait_for_state("not saved: retrying")
    tab.page.close()
    with serve(tmp_path / "other", port) as other:
        tab = Tab(context, other).open()
        tab.page.wait_for_timeout(300)
        assert tab.text == "abc"
        assert not tab.has_file("abc.png")
    with serve(tmp_path / "one", port) as one:
        tab = Tab(context, one).open()
        tab.wait_saved()
        assert find_letters(tab) == "xbc"


# --- hidden or merely shown ones deleted: Label Studio 1243; X-AnyLabeling 382; CVAT 7099; VoTT 884 ---


def test_what_is_hidden_or_merely_shown_is_never_deleted(context: Any, served: Served) -> None:
    folder = served.project.folder.root
    hidden = [
        {"label": "a road", "points": [[1, 1], [9, 9], [1, 9]], "shape_type": "polygon", "flags": {"hidden": True}},
        {"label": "mask", "points": [[1, 1], [9, 9]], "shape_type": "mask", "mask": "aGVsbG8="},
    ]
    shown = {"label": "a", "points": [[20, 20]], "shape_type": "point", "flags": {"hidden": True}, "visible": False}
    record = {"version": "7.9.1", "shapes": [*hidden, shown], "imagePath": "abc.png", "imageData": None, "mine": [1]}
    (folder / "abc.json").write_text(json.dumps(record))
    served.project.save(2, "", State(STATE.points, True))
    other = (folder / "ghi.json").read_bytes()
    tab = Tab(context, served).open()
    assert tab.page.text_content("#hint") == "2 other shapes in the file stay as they are."
    tab.press("Tab", "Tab")
    tab.click(60, 20)
    tab.press("b")
    tab.wait_saved()
    after = tab.read_record("abc.png")
    assert after["shapes"][:3] == [*hidden, shown]
    assert after["mine"] == [1]
    tab.press("Control+z", "Control+z", "Tab", "Delete", "Control+z")
    tab.wait_saved()
    assert tab.read_record("abc.png")["shapes"] == [*hidden, shown]
    tab.page.select_option("#show", "done")  # images that a filter hides, or that are looked at only
    tab.wait_for_name("ghi.png")
    tab.page.select_option("#show", "all")
    tab.wait_for_name("abc.png")
    tab.go("d", "def.png")
    tab.go("d", "ghi.png")
    tab.go("d", "abc.png")
    assert (folder / "ghi.json").read_bytes() == other
    assert not tab.has_file("def.png")


# --- killed in the midst of a save: SLEAP 2379, 2546, 2694 ---


def test_killed_in_the_midst_of_a_save() -> None:
    command = [sys.executable, "-m", "benchmarks.annotation_kills", "--kills", "10", "--seed", "1", "--no-result"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count = json.loads(done.stdout.splitlines()[-1])
    assert count["kills"] == 10
    assert count["acknowledged"] > 0
    assert (count["lost"], count["unreadable"]) == (0, 0)


# --- and leaving ---


def test_leaving_with_unsaved_changes_asks(tab: Tab) -> None:
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    tab.page.on("dialog", answer)
    tab.page.route(_SAVES, lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    tab.page.mouse.click(640, 400)  # a browser asks only where somebody did something
    tab.press("Control+z")
    tab.wait_for_state("not saved: retrying")
    tab.page.reload()
    assert asked == ["beforeunload"]
    tab.page.unroute(_SAVES)
    tab.wait_for_picture()
    tab.wait_saved()
    tab.page.reload()
    assert asked == ["beforeunload"]


def test_what_the_page_calls_saved_is_on_disk_at_that_moment(tab: Tab) -> None:
    """The file is looked at from beside while a person types on."""
    wrong: list[str] = []
    stop = threading.Event()

    def watch() -> None:
        path = tab.served.project.folder.root / "abc.json"
        while not stop.is_set():
            try:
                json.loads(path.read_text())
            except FileNotFoundError:
                pass
            except ValueError as error:
                wrong.append(str(error))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for letter in "pqrstuvwxyz":
        tab.press("Escape", "Tab", letter)
        tab.wait_saved()
        assert find_letters(tab) == letter + "bc"
    stop.set()
    watcher.join()
    assert wrong == []
