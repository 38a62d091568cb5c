"""A headless Chromium and what a person does in it. Where there is none, tests that need it are skipped."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from served import Served

from annotation.record import read_state

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_NAMES = "chromium", "chromium-browser", "google-chrome"


@contextmanager
def launch() -> Iterator[Any]:
    """A browser; skips the test, saying why, where Playwright or a Chromium is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"none of {', '.join(_NAMES)} is installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """The page in a tab, used as a person does, and the folder behind it."""

    def __init__(self, context: Any, served: Served) -> None:
        self.served = served
        self.page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def open(self) -> "Tab":
        self.page.goto(self.served.link)
        self.wait("() => document.getElementById('name').textContent && document.title !== 'Centres'")
        self.wait_for_picture()
        return self

    def wait_for_picture(self) -> None:
        self.wait("() => document.querySelector('#picture').getBoundingClientRect().width > 5")

    def wait(self, script: str, given: Any = None) -> None:
        """Until a function of the page says true. (The page's policy forbids Playwright's own way.)"""
        for _ in range(1000):
            if self.page.evaluate(script, given):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"never true: {script} of {given!r}; saved: {self.page.text_content('#saved')}")

    # --- what a person does ---

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def find_spot(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the image is in the window."""
        left, top, scale = self.page.evaluate(
            """() => {
              const box = document.querySelector('#picture').getBoundingClientRect();
              return [box.left, box.top, box.width / document.querySelector('#picture').width.baseVal.value];
            }"""
        )
        return left + x * scale, top + y * scale

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.find_spot(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From one pixel of the image to another."""
        one, other = self.find_spot(*start), self.find_spot(*end)
        self.page.mouse.move(*one)
        self.page.mouse.down()
        self.page.mouse.move((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
        self.page.mouse.move(*other)
        self.page.mouse.up()

    def go(self, key: str, name: str) -> None:
        """Presses a key that leads to another image."""
        self.press(key)
        self.wait_for_name(name)

    def wait_for_name(self, name: str) -> None:
        self.wait("name => document.getElementById('name').textContent === name", name)

    def wait_saved(self) -> None:
        self.wait("() => document.getElementById('saved').textContent === 'saved'")

    def wait_for_state(self, words: str) -> None:
        """Until the line that says what is saved holds some words."""
        self.wait("words => document.getElementById('saved').textContent.includes(words)", words)

    # --- what it shows ---

    @property
    def name(self) -> str:
        return str(self.page.text_content("#name"))

    @property
    def text(self) -> str:
        return str(self.page.input_value("#text"))

    @property
    def fault(self) -> str:
        return str(self.page.text_content("#fault"))

    @property
    def scale(self) -> float:
        one, other = self.find_spot(0, 0), self.find_spot(1, 0)
        return other[0] - one[0]

    @property
    def marks(self) -> list[tuple[str, float, float]]:
        """Letter, x and y of each circle, from left to right."""
        labels = self.page.eval_on_selector_all("#marks .mark", "all => all.map(m => m.getAttribute('aria-label'))")
        found = [re.fullmatch(r"(.+) at ([\d.]+), ([\d.]+)", label, re.DOTALL) for label in labels]
        return sorted(
            ((m[1].replace("no letter", ""), float(m[2]), float(m[3])) for m in found if m), key=lambda mark: mark[1]
        )

    @property
    def chosen(self) -> str | None:
        """The letter of the chosen circle."""
        found = self.page.query_selector("#marks .chosen text")
        return None if found is None else str(found.text_content())

    # --- what is on disk ---

    def read(self, name: str) -> list[tuple[str, float, float]]:
        """Letter, x and y of each point in an image's file, from left to right."""
        points = read_state(self.read_record(name)).points
        return sorted(((p.label, p.x, p.y) for p in points), key=lambda mark: mark[1])

    def read_record(self, name: str) -> dict[str, Any]:
        path = (self.served.project.folder.root / name).with_suffix(".json")
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def is_done(self, name: str) -> bool:
        return read_state(self.read_record(name)).done

    def has_file(self, name: str) -> bool:
        return (self.served.project.folder.root / Path(name).with_suffix(".json")).exists()
