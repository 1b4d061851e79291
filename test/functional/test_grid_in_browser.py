"""A person at the rows of a file: scrolling, keys, filters and orders, narrow, light and dark."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from project.assembly import Services
from project.engine.attempt import carry_out
from project.engine.plan import SPILL_FOLDER, Plan
from project.engine.reporter import Reporter
from project.files.listing import Listing
from project.files.workspace import Workspace

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
NAME = "plays.csv"
ROWS = 3000
LONG = "x" * 5000
HEADER = "Song,Plays,<script>alert(1)</script>\n"
TEXT = HEADER + "".join(
    f"{LONG if n == 1 else f'Song {n % 7}'},{'' if n % 5 == 2 else n},a\u202e{n}\n" for n in range(ROWS)
)


@pytest.fixture
def address(app: Flask, services: Services, workspace: Workspace) -> Iterator[str]:
    """The address of the rows, served for real."""
    (workspace.folder / NAME).write_text(TEXT)
    services.catalogue.refresh()
    file = next(each for each in services.catalogue.page(Listing()).files if each.name == NAME)
    folder = services.inspections.place(file)
    (folder / SPILL_FOLDER).mkdir(parents=True)
    files = {"input": workspace.folder / NAME, "input_name": NAME, "folder": folder}
    limits = {"memory_mb": 300, "spill_mb": 100, "output_mb": 100}
    carry_out(Plan(job_id="job", attempt=1, inspection=True, **files, **limits), Reporter(StringIO()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/files/{file.id}"
    server.shutdown()
    thread.join()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens the rows in a context of their own; at the end, nothing may have been refused or have failed in it."""
    contexts, complaints = [], []

    def open_page(query: str = "", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: "Policy" in line.text and complaints.append(line.text))
        page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
        page.goto(address + query)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def numbers(page: Any) -> list[int]:
    """The numbers of the rows in the page."""
    found: list[int] = page.evaluate("[...document.querySelectorAll('tbody tr')].map((row) => +row.dataset.number)")
    return found


def focused(page: Any) -> list[Any]:
    """Row and place of the cell with the focus."""
    cell = "document.activeElement.closest('td, th')"
    found: list[Any] = page.evaluate(f"{cell} && [+{cell}.parentElement.dataset.number, {cell}.cellIndex]")
    return found


def test_rows_load_while_one_scrolls_and_far_ones_are_let_go(open_page: Callable[..., Any]) -> None:
    page = open_page("?row=1501")
    last = page.locator("[data-to]")
    region = page.locator("[data-grid]")
    for _ in range(25):
        region.evaluate("region => { region.scrollTop += 1500; }")
        page.wait_for_function("(before) => document.querySelectorAll('tbody tr').length !== before", arg=0)
    page.wait_for_function("+document.querySelector('tbody tr:last-child').dataset.number > 2200")
    found = numbers(page)
    assert found == list(range(found[0], found[-1] + 1)) and len(found) <= 600
    expect(last).not_to_have_text("1,600")
    shown = int(page.locator("[data-from]").inner_text().replace(",", ""))
    page.wait_for_function("(row) => location.search === `?row=${row}`", arg=shown)
    for _ in range(40):
        region.evaluate("region => { region.scrollTop -= 1500; }")
        page.wait_for_timeout(0)
    page.wait_for_function("+document.querySelector('tbody tr').dataset.number < 1500")
    found = numbers(page)
    assert found == list(range(found[0], found[-1] + 1)) and len(found) <= 600


def test_keys_move_open_and_copy(open_page: Callable[..., Any]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.locator("tr[data-number='1'] td").first.click()
    for key, place in (
        ("ArrowDown", [2, 1]),
        ("End", [2, 3]),
        ("ArrowRight", [2, 3]),
        ("ArrowUp", [1, 3]),
        ("ArrowUp", [1, 3]),
        ("Home", [1, 0]),
    ):
        page.keyboard.press(key)
        assert focused(page) == place, key
    page.keyboard.press("Control+c")
    page.wait_for_function("navigator.clipboard.readText().then((text) => text === 'Song 0\\t0\\ta\\u202e0')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Song, row 2")).to_be_visible()
    expect(page.locator("#cell-text")).to_have_text(LONG)
    page.keyboard.press("Escape")
    expect(page.locator("#cell")).to_be_hidden()
    assert focused(page) == [2, 1]
    for _ in range(12):
        before = focused(page)[0]
        page.keyboard.press("PageDown")
        page.wait_for_function("(row) => +document.activeElement.parentElement.dataset.number > row", arg=before)
    assert focused(page)[0] > 100


@pytest.mark.parametrize("has_script", [True, False])
def test_filter_order_columns_and_jump(open_page: Callable[..., Any], has_script: bool) -> None:
    page = open_page(java_script_enabled=has_script)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Column", exact=True).select_option("Song")
    page.get_by_label("Test", exact=True).select_option("equals")
    page.get_by_label("Value", exact=True).fill("Song 3")
    page.get_by_role("button", name="Keep these rows").click()
    # Without a script, too, the page asks again by itself until the rows are there.
    expect(page.locator("[data-range]")).to_contain_text("of 429")
    page.get_by_role("link", name="Plays").click()
    expect(page.locator("tbody tr").first).to_contain_text("Song 3")
    page.get_by_role("link", name="Plays").first.click()
    expect(page.get_by_role("columnheader", name="Plays")).to_have_attribute("aria-sort", "descending")
    page.get_by_text("Columns", exact=True).last.click()
    page.get_by_role("checkbox", name="Song").uncheck()
    page.get_by_role("button", name="Show them").click()
    expect(page.locator("thead th")).to_have_count(3)
    page.get_by_label("Go to", exact=True).fill("401")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator("[data-to]")).to_have_text("429")
    expect(page.locator("tbody tr").last).to_contain_text("missing")
    page.get_by_role("link", name="Remove the condition").click()
    expect(page.locator("[data-range]")).to_contain_text("of 3,000")
    page.get_by_role("link", name="Change the recipe first").click()
    expect(page.get_by_label("Input file")).to_have_value(NAME)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page: Callable[..., Any], axe: str) -> None:
    for scheme, width in (("light", 320), ("dark", 1280)):
        page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
        for query in (
            "",
            "?add=Plays&test=gt&value=many",
            '?sort=Song&sort=-Plays&where={"column":"Plays","test":"missing"}',
            '?where={"column":"Song","test":"eq","value":"none"}',
        ):
            page.goto(page.url.partition("?")[0] + query)
            expect(page.locator("[data-grid], .border-y").first).to_be_visible()
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, query
            page.evaluate(axe)
            found = page.evaluate("rules => axe.run(rules)", RULES)
            assert [(it["id"], it["nodes"][0]["html"]) for it in found["violations"]] == [], (query, width)
