"""Fixtures of tests in a browser, for ``pytest_plugins = ["page_fixtures"]``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Tab, launch
from served import Served, serve, write_picture


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Closed after each module: Playwright keeps an event loop running meanwhile, in which nobody else can have one."""
    with launch() as browser:
        yield browser


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A browser that has seen nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Three images of 120×40 px: their names state 'abc', 'def' and 'ghi'."""
    for name in ("abc.png", "def.png", "ghi.png"):
        write_picture(tmp_path / "images" / name)
    with serve(tmp_path / "images") as server:
        yield server


@pytest.fixture
def tab(context: Any, served: Served) -> Iterator[Tab]:
    tab = Tab(context, served).open()
    yield tab
    assert tab.errors == []
