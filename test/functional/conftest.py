"""One browser for all tests of a module that need one: two at once cannot be driven from one thread."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[2]
AXE = ROOT / "assets" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window.

    While it is open, an event loop runs in this thread: tests of other modules have loops of their own.
    """
    sync_api = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = _needed(next(filter(None, map(shutil.which, names)), None), "Chromium on the PATH")
    _needed((ROOT / "public" / "css" / "app.css").exists(), "the built assets")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The address of the pages, served for real."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens a page in a context of its own; at the end, nothing may have been refused or have failed in it."""
    contexts, complaints = [], []

    def open_page(path: str = "/", **options: Any) -> Any:
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: "Policy" in line.text and complaints.append(line.text))
        # A page may ask before it is left; only a script that came in with some text shows an alert.
        page.on("dialog", lambda dialog: dialog.type == "alert" and (complaints.append(dialog.type), dialog.dismiss()))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def check_with_axe() -> Callable[[Any], None]:
    """Looks on the page that is open for what keeps people out; there may be nothing."""
    script = _needed(AXE.exists() and AXE.read_text(), "axe-core in assets/node_modules")

    def check(page: Any) -> None:
        page.evaluate(script)
        found = page.evaluate("rules => axe.run(rules)", RULES)
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], page.url

    return check


def _needed(found: Any, what: str) -> Any:
    """What was found; without it the tests are skipped at home and fail in CI."""
    if not found and os.environ.get("CI"):
        pytest.fail(f"needs {what}")
    return found or pytest.skip(f"needs {what}")
