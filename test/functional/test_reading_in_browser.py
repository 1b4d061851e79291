"""A person who puts right how a file is read: rows change with every control, and what is kept holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from project.assembly import Services
from project.files.workspace import Workspace

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
TEXT = 'name;n\n<b>x</b>;1,5\n# a remark\nonly one\n;""\ntoo;many;2\n'


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
def reading(workspace: Workspace, services: Services) -> str:
    """The path of the page of a file that has one of everything."""
    (workspace.folder / "odd.csv").write_text(TEXT)
    services.catalogue.refresh()
    file = services.catalogue.named("odd.csv")
    assert file
    return f"/files/{file.id}/reading"


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens a page in a context of its own; at the end, nothing may have been refused or have failed in it."""
    contexts, complaints = [], []

    def open_page(path: str, **options: Any) -> Any:
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: "Policy" in line.text and complaints.append(line.text))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("has_script", [True, False])
def test_a_reading_is_tried_kept_and_given_up(open_page: Callable[..., Any], reading: str, has_script: bool) -> None:
    page = open_page(reading, java_script_enabled=has_script)

    def show() -> None:
        if not has_script:
            page.get_by_role("button", name="Show").click()

    heads = page.locator("thead th")
    expect(heads).to_have_text(["Line", "In a job", "name", "n"])
    expect(page.get_by_text("1 field where 2 were expected")).to_have_count(2)
    page.get_by_label("Delimiter", exact=True).select_option(label="Comma")
    show()
    expect(heads).to_have_text(["Line", "In a job", "name;n"])
    page.get_by_label("Delimiter", exact=True).select_option(label="Another …")
    page.get_by_label("Delimiter: another").fill(";")
    page.get_by_label("Comments start with", exact=True).select_option(label="#")
    show()
    expect(heads).to_have_text(["Line", "In a job", "name", "n"])
    expect(page.get_by_text("1 field where 2 were expected")).to_have_count(1)
    assert "comment=%23" in page.url
    page.get_by_role("button", name="Keep this reading").click()
    expect(page.get_by_role("status")).to_contain_text("Every job on this file reads it so")
    expect(page.get_by_text("Kept by hand: semicolon, comments start with #")).to_be_visible()
    page.get_by_role("link", name="Use in a job").click()
    expect(page.get_by_text("is read as was kept for it by hand")).to_be_visible()
    page.goto(reading)
    page.get_by_role("button", name="Back to what was detected").click()
    expect(page.get_by_text("Nothing is set by hand")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_nobody_out(open_page: Callable[..., Any], reading: str, axe: str, scheme: str) -> None:
    page = open_page(f"{reading}?comment=%23", color_scheme=scheme, viewport={"width": 320, "height": 900})
    page.evaluate(axe)
    for query in ("?comment=%23", "?delimiter=other&delimiter_other=xy"):
        page.goto(f"{reading}{query}")
        page.evaluate(axe)
        found = page.evaluate("rules => axe.run(document, rules)", RULES)
        assert [(it["id"], it["nodes"][0]["html"]) for it in found["violations"]] == []
        width, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= shown
