"""The page as a person uses it, in a real browser: every key and gesture, and what is then on disk."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import stub_training
from browser import Tab
from fixed_readers import make_fixed_reader
from served import Served, serve, write_picture

from annotation.learning import Learning
from annotation.project import Project
from annotation.record import Point, State
from annotation.suspect_table import Doubted

pytest_plugins = ["page_fixtures"]

Mark = tuple[str, float, float]
PLACED = State((Point("a", 20, 20), Point("b", 60, 20), Point("c", 100, 20)))
MARKS = [("a", 20, 20), ("b", 60, 20), ("c", 100, 20)]


@pytest.fixture
def placed(context: Any, served: Served) -> Any:
    """The page, the first image having three points on disk."""
    served.project.save(0, "", PLACED)
    tab = Tab(context, served).open()
    yield tab
    assert tab.errors == []


@pytest.fixture(params=["whole", "zoomed", "zoomed and moved", "small"])
def any_zoom(request: pytest.FixtureRequest, placed: Tab) -> Tab:
    """The same at several zooms."""
    before = placed.scale
    if request.param == "small":
        placed.press("-", "-", "-", "-")
        assert placed.scale < before
    if "zoomed" in request.param:
        placed.page.mouse.move(*placed.find_spot(60, 20))
        placed.page.mouse.wheel(0, -150)
        placed.page.wait_for_timeout(50)
        assert placed.scale > before
    if "moved" in request.param:
        left = placed.find_spot(0, 0)[0]
        placed.drag((40, 5), (46, 8))
        assert placed.find_spot(0, 0)[0] > left + 20
    assert placed.marks == MARKS
    assert not placed.page.query_selector("#fault:not([hidden])")
    return placed


def check(tab: Tab, marks: Sequence[Mark], name: str = "abc.png", within: float = 0.0) -> None:
    """Shown and, once the page says so, on disk."""
    tab.wait_saved()
    for found in (tab.marks, tab.read(name)):
        assert [mark[0] for mark in found] == [mark[0] for mark in marks]
        for (_, x, y), (_, wanted_x, wanted_y) in zip(found, marks, strict=True):
            assert abs(x - wanted_x) <= within
            assert abs(y - wanted_y) <= within


# --- the mouse ---


def test_dragging_a_circle_moves_it(any_zoom: Tab) -> None:
    any_zoom.drag((60, 20), (66, 12))
    check(any_zoom, [("a", 20, 20), ("b", 66, 12), ("c", 100, 20)], within=0.5)


def test_a_circle_dragged_out_of_the_image_stays_at_its_border(placed: Tab) -> None:
    placed.drag((60, 20), (66, -20))
    check(placed, [("a", 20, 20), ("b", 66, 0), ("c", 100, 20)], within=0.5)


def test_clicking_the_image_adds_a_circle_and_typing_sets_its_letter(any_zoom: Tab) -> None:
    any_zoom.click(80, 30)
    any_zoom.press("Q")
    check(any_zoom, [("a", 20, 20), ("b", 60, 20), ("Q", 80, 30), ("c", 100, 20)], within=0.5)


def test_clicking_a_circle_chooses_it_and_typing_sets_its_letter(any_zoom: Tab) -> None:
    any_zoom.click(60, 20)
    assert any_zoom.chosen == "b"
    any_zoom.press("d")  # a letter, not the shortcut
    check(any_zoom, [("a", 20, 20), ("d", 60, 20), ("c", 100, 20)])
    assert any_zoom.chosen == "c"
    assert any_zoom.name == "abc.png"


@pytest.mark.parametrize("key", ["Delete", "Backspace"])
def test_delete_removes_the_chosen_circle(any_zoom: Tab, key: str) -> None:
    any_zoom.click(60, 20)
    any_zoom.press(key)
    check(any_zoom, [("a", 20, 20), ("c", 100, 20)])
    any_zoom.press(key)  # none is chosen any more
    check(any_zoom, [("a", 20, 20), ("c", 100, 20)])


def test_a_circle_that_was_dragged_is_nudged_and_removed_but_letters_are_shortcuts(placed: Tab) -> None:
    placed.drag((60, 20), (66, 12))
    placed.press("ArrowLeft")
    placed.wait_saved()
    x = placed.read("abc.png")[1][1]
    assert abs(x - 65) < 0.5
    placed.go("d", "def.png")
    assert placed.read("abc.png")[1] == ("b", x, placed.read("abc.png")[1][2])


def test_clicking_each_character_from_left_to_right_spells_the_stated_string(tab: Tab) -> None:
    tab.press("Tab")
    for _ in range(3):
        tab.press("Delete")
        tab.press("Tab")
    tab.wait_saved()
    assert tab.marks == []
    assert "Click on each character" in str(tab.page.text_content("#hint"))
    for x in (20, 60, 100):
        tab.click(x, 20)
    check(tab, MARKS, within=0.5)


def test_dragging_the_ground_moves_the_image_and_changes_nothing(placed: Tab) -> None:
    before = placed.find_spot(0, 0)
    placed.drag((40, 10), (46, 14))
    after = placed.find_spot(0, 0)
    assert after[0] - before[0] == pytest.approx(6 * placed.scale, abs=1)
    assert after[1] - before[1] == pytest.approx(4 * placed.scale, abs=1)
    assert placed.marks == MARKS
    placed.press("0")
    assert placed.find_spot(0, 0) == pytest.approx(before)


def test_clicking_beside_the_image_chooses_nothing_and_adds_nothing(placed: Tab) -> None:
    placed.press("Tab")
    placed.click(60, -2)
    assert placed.chosen is None
    assert placed.marks == MARKS


def test_the_wheel_zooms_around_the_pointer(placed: Tab) -> None:
    spot = placed.find_spot(100, 20)
    before = placed.scale
    placed.page.mouse.move(*spot)
    placed.page.mouse.wheel(0, -300)
    placed.page.wait_for_timeout(50)
    assert placed.scale > 1.3 * before
    assert placed.find_spot(100, 20) == pytest.approx(spot, abs=0.5)
    placed.page.mouse.wheel(0, 300)
    placed.page.wait_for_timeout(50)
    assert placed.scale == pytest.approx(before)


def test_two_fingers_zoom_and_neither_adds_nor_moves(browser: Any, served: Served) -> None:
    served.project.save(0, "", PLACED)
    context = browser.new_context(viewport={"width": 1024, "height": 768}, has_touch=True)
    tab = Tab(context, served).open()
    before = tab.scale
    x, y = tab.find_spot(40, 10)
    fingers = context.new_cdp_session(tab.page)

    def touch(kind: str, *gaps: float) -> None:
        points = [{"x": x + gap, "y": y, "id": i} for i, gap in enumerate(gaps)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -30)
    touch("touchStart", -30, 30)
    for gap in (40, 50, 60):
        touch("touchMove", -gap, gap)
    touch("touchEnd")
    tab.page.wait_for_timeout(50)
    assert tab.scale == pytest.approx(2 * before, rel=0.05)
    assert tab.marks == MARKS
    tab.page.touchscreen.tap(*tab.find_spot(40, 10))
    tab.press("q")
    check(tab, [MARKS[0], ("q", 40, 10), *MARKS[1:]], within=0.5)
    context.close()


# --- the keyboard ---


def test_tab_goes_from_character_to_character_and_on_to_the_controls(any_zoom: Tab) -> None:
    seen = []
    for _ in range(3):
        any_zoom.press("Tab")
        seen.append(any_zoom.chosen)
    assert seen == ["a", "b", "c"]
    any_zoom.press("Shift+Tab")
    assert any_zoom.chosen == "b"
    any_zoom.press("Tab", "Tab")
    assert any_zoom.chosen is None
    assert any_zoom.page.evaluate("document.activeElement.closest('#line') !== null")


@pytest.mark.parametrize(
    ("key", "across", "down"),
    [
        ("ArrowLeft", -1, 0), ("ArrowRight", 1, 0), ("ArrowUp", 0, -1), ("ArrowDown", 0, 1),
        ("Shift+ArrowLeft", -10, 0), ("Shift+ArrowRight", 10, 0), ("Shift+ArrowUp", 0, -10), ("Shift+ArrowDown", 0, 10),
    ],
)  # fmt: skip
def test_arrow_keys_nudge_by_pixels_whatever_the_zoom(placed: Tab, key: str, across: int, down: int) -> None:
    placed.press("Tab", "Tab", key)
    check(placed, [MARKS[0], ("b", 60 + across, 20 + down), MARKS[2]])
    placed.page.mouse.move(*placed.find_spot(60, 20))
    placed.page.mouse.wheel(0, -300)
    placed.press(key)
    check(placed, [MARKS[0], ("b", 60 + 2 * across, 20 + 2 * down), MARKS[2]])


def test_typing_goes_on_from_letter_to_letter(placed: Tab) -> None:
    placed.press("Tab", "x", "Y", "7")
    check(placed, [("x", 20, 20), ("Y", 60, 20), ("7", 100, 20)])
    assert placed.chosen is None
    assert placed.text == "xY7"
    assert placed.page.text_content("#stated") == "stated: abc"
    placed.go("d", "def.png")  # letters are shortcuts again


def test_a_letter_of_an_input_method_is_taken(placed: Tab) -> None:
    placed.press("Tab")
    placed.page.keyboard.insert_text("字")
    check(placed, [("字", 20, 20), *MARKS[1:]])


def test_escape_chooses_nothing_and_makes_letters_shortcuts(placed: Tab) -> None:
    placed.press("Tab", "Escape")
    assert placed.chosen is None
    placed.go("d", "def.png")


@pytest.mark.parametrize(("forth", "back"), [("d", "a"), ("D", "A"), ("PageDown", "PageUp")])
def test_next_and_previous_go_round(tab: Tab, forth: str, back: str) -> None:
    tab.go(forth, "def.png")
    tab.go(forth, "ghi.png")
    tab.go(forth, "abc.png")
    tab.go(back, "ghi.png")
    tab.go(back, "def.png")
    assert not any(tab.has_file(name) for name in ("abc.png", "def.png", "ghi.png"))  # looking changes nothing


def test_a_right_proposal_takes_one_key(tab: Tab) -> None:
    proposed = tab.marks
    assert [mark[0] for mark in proposed] == ["a", "b", "c"]
    tab.go("Enter", "def.png")
    tab.wait_saved()
    assert tab.read("abc.png") == proposed
    assert tab.is_done("abc.png")
    assert tab.read_record("abc.png")["text"] == "abc"
    assert not tab.has_file("def.png")


def test_what_lacks_a_letter_or_a_circle_is_not_accepted(placed: Tab) -> None:
    placed.click(80, 30)
    placed.press("Enter")
    assert "has no letter" in placed.fault
    assert placed.name == "abc.png"
    for _ in range(4):
        placed.press("Tab", "Delete")
    placed.press("Enter")
    assert "No circle yet" in placed.fault
    placed.wait_saved()
    assert not placed.is_done("abc.png")


def test_undo_and_redo_have_no_limit_and_are_saved(placed: Tab) -> None:
    placed.press("Tab", "Tab")
    for key, times in (("ArrowUp", 10), ("ArrowRight", 30), ("ArrowDown", 20)):
        placed.press(*[key] * times)
    check(placed, [MARKS[0], ("b", 90, 30), MARKS[2]])
    for _ in range(60):
        placed.press("Control+z")
    check(placed, MARKS)
    placed.press("Control+z")  # nothing before
    check(placed, MARKS)
    for _ in range(30):
        placed.press("Control+Shift+Z")
    for _ in range(30):
        placed.press("Control+y")
    check(placed, [MARKS[0], ("b", 90, 30), MARKS[2]])


def test_undo_takes_back_each_kind_of_change(placed: Tab) -> None:
    changes: list[Callable[[], None]] = [
        lambda: placed.press("Tab", "x", "Escape"),
        lambda: placed.drag((60, 20), (66, 12)),
        lambda: placed.press("Delete"),
        lambda: placed.click(80, 30),
        lambda: placed.press("Escape", "e", *"wxyz", "Enter"),
    ]
    states = [placed.marks]
    for act in changes:
        act()
        placed.page.wait_for_timeout(150)
        placed.wait_saved()
        states.append(placed.marks)
    assert len({str(state) for state in states}) == len(states)
    for state in reversed(states[:-1]):
        placed.press("Control+z")
        check(placed, state)
    for state in states[1:]:
        placed.press("Control+Shift+Z")
        check(placed, state)


def test_undo_goes_on_where_it_was_after_another_image(placed: Tab) -> None:
    placed.press("Tab", "x", "Escape")
    placed.go("d", "def.png")
    placed.go("a", "abc.png")
    placed.press("Control+z")
    check(placed, MARKS)


def test_the_string_can_be_typed_instead(placed: Tab) -> None:
    placed.press("e")
    placed.page.keyboard.type("xyz")
    placed.press("Enter")
    check(placed, [("x", 20, 20), ("y", 60, 20), ("z", 100, 20)])  # as many: the places stay
    placed.press("e")
    placed.page.keyboard.type("dada")
    placed.press("Enter")
    placed.wait("() => document.querySelectorAll('#marks .mark').length === 4")
    placed.wait_saved()
    assert placed.text == "dada"
    spread = placed.read("abc.png")
    assert [mark[0] for mark in spread] == list("dada")
    gaps = [b[1] - a[1] for a, b in pairwise(spread)]
    assert max(gaps) - min(gaps) < 0.1
    placed.press("e")
    placed.page.keyboard.type("nothing")
    placed.press("Escape")
    assert placed.text == "dada"


def test_p_places_the_stated_string_anew(placed: Tab) -> None:
    placed.press("Tab", "x", "Escape", "p")
    placed.wait("() => document.getElementById('text').value === 'abc'")
    placed.wait_saved()
    assert [mark[0] for mark in placed.read("abc.png")] == ["a", "b", "c"]


def test_plus_minus_and_0_zoom(placed: Tab) -> None:
    before = placed.scale
    placed.press("+")
    assert placed.scale == pytest.approx(1.25 * before)
    placed.press("-", "-")
    assert placed.scale == pytest.approx(0.8 * before)
    placed.press("0")
    assert placed.scale == pytest.approx(before)


def test_a_question_mark_shows_and_hides_all_keys(placed: Tab) -> None:
    placed.press("?")
    assert placed.page.is_visible("#keys")
    said = placed.page.inner_text("#keys")
    for key in ("Enter", "D", "A", "Tab", "Delete", "Esc", "Ctrl+Z", "Ctrl+Shift+Z", "E", "P", "?", "Page down"):
        assert key in said
    placed.press("d")
    assert placed.name == "abc.png"
    placed.press("?")
    assert not placed.page.is_visible("#keys")
    placed.press("?", "Escape")
    assert not placed.page.is_visible("#keys")


# --- buttons, filters, strip ---


def test_every_button_does_what_its_key_does(placed: Tab) -> None:
    page, before = placed.page, placed.scale
    placed.press("Tab", "x", "Escape")
    page.click("#undo")
    check(placed, MARKS)
    page.click("#redo")
    check(placed, [("x", 20, 20), *MARKS[1:]])
    page.click("#in")
    assert placed.scale > before
    page.click("#out")
    page.click("#fit")
    assert placed.scale == pytest.approx(before)
    page.click("#next")
    placed.wait_for_name("def.png")
    page.click("#previous")
    placed.wait_for_name("abc.png")
    page.click("#accept")
    placed.wait_for_name("def.png")
    placed.wait_saved()
    assert placed.is_done("abc.png")
    page.click("#help")
    assert page.is_visible("#keys")
    page.click("#close")
    assert not page.is_visible("#keys")
    placed.go("d", "ghi.png")  # the keyboard is with the image again


def test_all_controls_have_names_for_screen_readers(placed: Tab) -> None:
    nameless = placed.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, progress')].filter((control) =>
          !(control.getAttribute('aria-label') || control.innerText || control.labels?.length)).map((c) => c.id)"""
    )
    assert nameless == []


def test_the_view_is_filtered_by_done_and_by_character(tab: Tab) -> None:
    tab.go("Enter", "def.png")
    tab.wait_saved()
    tab.page.select_option("#show", "done")
    tab.wait_for_name("abc.png")
    tab.wait("words => document.getElementById('total').textContent === words", "1 image")
    tab.press("d")
    tab.page.wait_for_selector("#fault:not([hidden])")
    assert tab.fault == "No other image in this view."
    tab.page.select_option("#show", "left")
    tab.wait_for_name("def.png")
    tab.go("d", "ghi.png")
    tab.go("d", "def.png")
    tab.page.select_option("#show", "all")
    tab.page.fill("#character", "h")  # of a string that is only stated
    tab.press("Tab")
    tab.wait_for_name("ghi.png")
    tab.wait("words => document.getElementById('total').textContent === words", "1 image")


def test_progress_is_shown(tab: Tab) -> None:
    shows = "words => document.getElementById('progress').textContent.includes(words)"
    tab.go("Enter", "def.png")
    tab.wait(shows, "1 done · 2 left")
    tab.go("Enter", "ghi.png")
    tab.wait(shows, "2 done · 1 left")
    tab.wait(shows, " s an image")
    assert tab.page.text_content("#place") == "3 of 3"


def test_a_thumbnail_opens_its_image(tab: Tab) -> None:
    tab.page.click("#film button[title='ghi.png']")
    tab.wait_for_name("ghi.png")
    assert tab.page.get_attribute("#film button[title='ghi.png']", "aria-selected") == "true"


def test_of_many_thumbnails_only_those_in_sight_are_there(context: Any, tmp_path: Path) -> None:
    for number in range(300):
        write_picture(tmp_path / f"ab-{number}.png", dots=(20 + number % 90,))
    with serve(tmp_path) as served:
        tab = Tab(context, served).open()
        tab.page.wait_for_selector("#film button")
        assert tab.page.locator("#film button").count() < 30
        tab.page.evaluate("document.getElementById('strip').scrollLeft = 250 * 128")
        tab.page.click("#film button[title='ab-252.png']")
        tab.wait_for_name("ab-252.png")
        tab.go("a", "ab-251.png")
        assert tab.page.locator("#film button").count() < 30
        assert tab.errors == []


def test_light_and_dark(tab: Tab) -> None:
    def find_ground() -> str:
        return str(tab.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = find_ground()
    tab.page.click("#theme")
    dark = find_ground()
    assert light != dark
    tab.page.reload()
    tab.wait_for_picture()
    assert find_ground() == dark
    tab.page.click("#theme")
    assert find_ground() == light
    tab.page.emulate_media(color_scheme="dark")
    tab.page.evaluate("localStorage.clear()")
    tab.page.reload()
    assert find_ground() == dark


# --- what images and labels may hold ---


def test_names_and_labels_with_markup_and_right_to_left_text_are_shown_as_they_are(
    context: Any, tmp_path: Path
) -> None:
    names = ["<img src=x onerror=alert(1)>.png", "a&amp;\"'.png", "אבג.png"]
    for name in names:
        write_picture(tmp_path / name)
    with serve(tmp_path) as served:
        tab = Tab(context, served)
        tab.page.on("dialog", lambda dialog: tab.errors.append(dialog.message))
        tab.open()
        for name in sorted(names):
            tab.wait_for_name(name)
            assert tab.page.query_selector("#name *") is None
            tab.press("Tab", "<", "Escape", "d")
        tab.wait_for_name(sorted(names)[0])
        tab.wait_saved()
        hebrew = "אבג.png"
        assert [mark[0] for mark in tab.read(hebrew)] == ["<", "ב", "א"]
        tab.page.click("#film button[title='אבג.png']")
        tab.wait_for_name(hebrew)
        assert tab.text == "אב<"
        assert tab.errors == []


@pytest.mark.parametrize("text", ["abc", "אבג", "אב12", "אa-b ג", "ab אב 12.5", "שלום (x)", "中文", "1+2=3", "א1.5ב"])
def test_strings_are_put_in_reading_order_as_by_training(tab: Tab, text: str) -> None:
    from fcn_captcha.maps.reading_order import find_order

    script = "async (text) => (await import('/static/reading_order.js')).findOrder([...text])"
    assert tab.page.evaluate(script, text) == find_order(text)


def test_a_damaged_file_is_said_and_left_as_it_is(context: Any, served: Served) -> None:
    path = served.project.folder.root / "abc.json"
    path.write_text("{")
    tab = Tab(context, served).open()
    assert "abc.json: not a labelme file, and left as it is" in tab.fault
    tab.click(60, 20)
    tab.press("x", "Enter", "Control+z")
    assert tab.marks == []
    assert tab.name == "abc.png"
    assert path.read_text() == "{"
    tab.go("d", "def.png")
    assert tab.fault == ""


def test_a_model_proposes_and_what_it_doubts_is_marked(context: Any, tmp_path: Path) -> None:
    for number in range(2):
        write_picture(tmp_path / f"{number}.png", dots=(20 + number, 60))
    project = Project(tmp_path, make_fixed_reader("ab", [("a", 22, 20, 0.95), ("b", 62, 20, 0.45)]))
    with serve(tmp_path, project=project) as served:
        tab = Tab(context, served).open()
        assert tab.text == "ab"
        assert tab.page.text_content("#marks .doubtful text") == "b"
        tab.go("Enter", "1.png")
        tab.wait_saved()
        assert [mark[0] for mark in tab.read("0.png")] == ["a", "b"]
        assert tab.errors == []


# --- training, wrong labels, other tools ---


def test_training_from_the_page_brings_new_proposals(
    context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(stub_training.__file__).parent))
    names = [f"{'ab'[number // 6]}-{number}.png" for number in range(11)]
    for number, name in enumerate(names):
        write_picture(tmp_path / "images" / name, dots=(20 + number,))
    project = Project(tmp_path / "images")
    learning = Learning(
        project.folder.root, tmp_path / "runs", project.take_reader, stub_training.SLOW, "stub_training",
        lambda path: make_fixed_reader("b", [("b", 90, 10, 0.9)]),
    )  # fmt: skip
    with serve(tmp_path / "images", project=project, learning=learning) as served:
        tab = Tab(context, served).open()
        said = "words => document.getElementById('training').textContent.includes(words)"
        tab.page.click("#train")
        tab.wait(said, "at least 10 annotated images are needed, got 0")
        for name in names[1:]:
            tab.go("Enter", name)
        tab.wait_saved()
        assert tab.marks[0][1] < 60
        tab.page.click("#train")
        tab.wait(said, "training 40 % · epoch 2  loss 3.10")
        assert tab.page.is_disabled("#train")
        (tmp_path / "runs" / "go on").touch()
        tab.wait(said, "proposals by")
        tab.wait("() => document.querySelector('#marks .mark').getAttribute('aria-label').startsWith('b at 90')")
        assert not tab.has_file("b-10.png")
        assert tab.errors == []


def test_labels_that_are_probably_wrong_are_listed_with_what_is_read_instead(context: Any, tmp_path: Path) -> None:
    for name in ("abc.png", "def.png", "ghi.png"):
        write_picture(tmp_path / name)
    suspects = {"def.png": Doubted("dex", 0.9), "ghi.png": Doubted("ghi", 0.1), "gone.png": Doubted("x", 1.0)}
    with serve(tmp_path, project=Project(tmp_path, suspects=suspects)) as served:
        tab = Tab(context, served).open()
        tab.page.select_option("#show", "suspects")
        tab.wait_for_name("def.png")
        tab.wait("words => document.getElementById('total').textContent === words", "1 image")
        assert tab.page.text_content("#stated") == "models read: dex"
        tab.press("e")
        tab.page.keyboard.type("dex")
        tab.press("Enter")
        tab.wait("() => document.getElementById('stated').textContent === 'stated: def'")
        tab.press("Enter")
        tab.wait_saved()
        assert tab.read_record("def.png")["text"] == "dex"
        assert tab.errors == []


def test_annotations_go_to_other_tools_and_come_from_them(tab: Tab, tmp_path: Path) -> None:
    tab.go("Enter", "def.png")
    tab.wait_saved()
    tab.page.click("#files")
    with tab.page.expect_download() as download:
        tab.page.click("text=CSV >> nth=0")
    table = Path(download.value.path()).read_text()
    assert "abc.png" in table
    assert download.value.suggested_filename == "annotations-csv.csv"
    path = tmp_path / "taken.csv"
    head, rows = table.split("\n", 1)
    path.write_text(head + "\n" + rows.translate(str.maketrans("abc", "def")))
    tab.page.select_option("#format", "csv")
    tab.page.set_input_files("#import", str(path))
    said = "words => document.getElementById('imported').textContent.includes(words)"
    tab.wait(said, "1 annotation taken")
    assert [mark[0] for mark in tab.read("def.png")] == ["d", "e", "f"]
    path.write_text("nonsense")
    tab.page.set_input_files("#import", str(path))
    tab.wait(said, "line")
    tab.press("Escape")
    assert not tab.page.is_visible("#exchange")
