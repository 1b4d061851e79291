"""A person at the rows of a file: scrolling, keys, filters and orders, narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from project.files.inspections import Inspection
from project.files.view import FileView

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

NAME = "plays.csv"
ROWS = 3000
LONG = "x" * 5000
HEADER = "Song,Plays,<script>alert(1)</script>\n"
TEXT = HEADER + "".join(
    f"{LONG if n == 1 else f'Song {n % 7}'},{'' if n % 5 == 2 else n},a\u202e{n}\n" for n in range(ROWS)
)


@pytest.fixture
def rows(inspected: Callable[[str, str], tuple[FileView, Inspection]]) -> str:
    """The path of the rows."""
    return f"/files/{inspected(NAME, TEXT)[0].id}"


def numbers(page: Any) -> list[int]:
    """The numbers of the rows in the page."""
    found: list[int] = page.evaluate("[...document.querySelectorAll('tbody tr')].map((row) => +row.dataset.number)")
    return found


def focused(page: Any) -> list[Any]:
    """Row and place of the cell with the focus."""
    cell = "document.activeElement.closest('td, th')"
    found: list[Any] = page.evaluate(f"{cell} && [+{cell}.parentElement.dataset.number, {cell}.cellIndex]")
    return found


def test_rows_load_while_one_scrolls_and_far_ones_are_let_go(open_page: Callable[..., Any], rows: str) -> None:
    page = open_page(f"{rows}?row=1501")
    last = page.locator("[data-to]")
    region = page.locator("[data-grid]")
    for _ in range(25):
        region.evaluate("region => { region.scrollTop += 1500; }")
        page.wait_for_function("(before) => document.querySelectorAll('tbody tr').length !== before", arg=0)
    page.wait_for_function("() => +document.querySelector('tbody tr:last-child').dataset.number > 2200")
    found = numbers(page)
    assert found == list(range(found[0], found[-1] + 1)) and len(found) <= 600
    expect(last).not_to_have_text("1,600")
    shown = int(page.locator("[data-from]").inner_text().replace(",", ""))
    page.wait_for_function("(row) => location.search === `?row=${row}`", arg=shown)
    for _ in range(40):
        region.evaluate("region => { region.scrollTop -= 1500; }")
        page.wait_for_timeout(0)
    page.wait_for_function("() => +document.querySelector('tbody tr').dataset.number < 1500")
    found = numbers(page)
    assert found == list(range(found[0], found[-1] + 1)) and len(found) <= 600


def test_keys_move_open_and_copy(open_page: Callable[..., Any], rows: str) -> None:
    page = open_page(rows, permissions=["clipboard-read", "clipboard-write"])
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
def test_filter_order_columns_and_jump(open_page: Callable[..., Any], rows: str, has_script: bool) -> None:
    page = open_page(rows, java_script_enabled=has_script)
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


def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    open_page: Callable[..., Any], rows: str, check_with_axe: Callable[[Any], None]
) -> None:
    for scheme, width in (("light", 320), ("dark", 1280)):
        page = open_page(rows, color_scheme=scheme, viewport={"width": width, "height": 800})
        for query in (
            "",
            "?add=Plays&test=gt&value=many",
            '?sort=Song&sort=-Plays&where={"column":"Plays","test":"missing"}',
            '?where={"column":"Song","test":"eq","value":"none"}',
        ):
            page.goto(rows + query)
            expect(page.locator("[data-grid], .border-y").first).to_be_visible()
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, query
            check_with_axe(page)
