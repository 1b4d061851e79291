"""A person who puts right how a file is read: rows change with every control, and what is kept holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from project.assembly import Services
from project.files.workspace import Workspace

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

TEXT = 'name;n\n<b>x</b>;1,5\n# a remark\nonly one\n;""\ntoo;many;2\n'


@pytest.fixture
def reading(workspace: Workspace, services: Services) -> str:
    """The path of the page of a file that has one of everything."""
    (workspace.folder / "odd.csv").write_text(TEXT)
    services.catalogue.refresh()
    file = services.catalogue.named("odd.csv")
    assert file
    return f"/files/{file.id}/reading"


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
    expect(page.get_by_role("form").get_by_role("status")).to_contain_text("Every job on this file reads it so")
    expect(page.get_by_text("Kept by hand: semicolon, comments start with #")).to_be_visible()
    page.get_by_role("link", name="Use in a job").click()
    expect(page.get_by_text("is read as was kept for it by hand")).to_be_visible()
    page.goto(reading)
    page.get_by_role("button", name="Back to what was detected").click()
    expect(page.get_by_text("Nothing is set by hand")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_nobody_out(
    open_page: Callable[..., Any], reading: str, check_with_axe: Callable[[Any], None], scheme: str
) -> None:
    page = open_page(f"{reading}?comment=%23", color_scheme=scheme, viewport={"width": 320, "height": 900})
    for query in ("?comment=%23", "?delimiter=other&delimiter_other=xy"):
        page.goto(f"{reading}{query}")
        check_with_axe(page)
        width, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= shown
