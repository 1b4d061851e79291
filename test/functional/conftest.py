"""One browser for all tests that need one: two of them at once cannot be driven from one thread."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
AXE = ROOT / "assets" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    sync_api = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = _needed(next(filter(None, map(shutil.which, names)), None), "Chromium on the PATH")
    _needed((ROOT / "public" / "css" / "app.css").exists(), "the built assets")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for what keeps people out."""
    script: str = _needed(AXE.exists() and AXE.read_text(), "axe-core in assets/node_modules")
    return script


def _needed(found: Any, what: str) -> Any:
    """What was found; without it the tests are skipped at home and fail in CI."""
    if not found and os.environ.get("CI"):
        pytest.fail(f"needs {what}")
    return found or pytest.skip(f"needs {what}")
