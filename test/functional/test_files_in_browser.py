"""A person at the list of files: with and without JavaScript, by keyboard, narrow, light and dark."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from project.assembly import Services
from project.files.models import File
from project.files.workspace import Workspace
from project.recipes.service import BUILT_IN

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

NAME = "example_input.csv"
LONG = "a rather long name of a file that somebody was given by a program, with a date 2026-11-22 in it.csv"
FOUL = "<script>alert(1)<script> a\u202egpj.csv"


@pytest.fixture
def all_lists(workspace: Workspace, services: Services) -> list[str]:
    """The address of a list of each kind, with files of each kind in them."""
    for name in (LONG, FOUL, "gone.csv", "renamed.csv"):
        (workspace.folder / name).write_text("Song,Date,Number of Plays\na,2020-01-01,1\nshort\n")
    done = services.jobs.submit(LONG, "out.csv", BUILT_IN[0].recipe)
    services.supervisor().run(done.id)
    services.jobs.submit(NAME, "later.csv", BUILT_IN[0].recipe)
    services.catalogue.refresh()
    with services.database.read() as session:
        ids = {file.name: file.id for file in session.query(File)}
    services.catalogue.delete(ids["gone.csv"])
    return [
        "/files",
        f"/files?done=deleted&file={ids['gone.csv']}",
        f"/files?done=renamed&file={ids['renamed.csv']}",
        f"/files?rename={ids[LONG]}",
        "/files?show=deleted",
        "/files?show=uploaded",
        "/files?q=nothing",
        "/files?page=7",
    ]


@pytest.mark.parametrize("has_script", [True, False])
def test_a_file_is_found_renamed_deleted_and_taken_back(
    open_page: Callable[..., Any], workspace: Workspace, has_script: bool
) -> None:
    (workspace.folder / "other.csv").write_text("a\n1\n")
    page = open_page("/files", java_script_enabled=has_script)
    rows = page.locator(".file")
    expect(rows).to_have_count(2)
    page.get_by_label("Search by name").fill("EXAMPLE")
    page.get_by_role("button", name="Search").click()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name=f"Rename {NAME}").click()
    page.get_by_label(f"New name of {NAME}").fill("other.csv")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("There is a file “other.csv” already")).to_be_visible()
    page.get_by_label(f"New name of {NAME}").fill("my example.csv")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("my example.csv")
    page.get_by_role("button", name="Delete my example.csv").click()
    expect(page.get_by_role("status")).to_contain_text("my example.csv is deleted.")
    assert sorted(os.listdir(workspace.folder)) == [".rowmill", "other.csv"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("my example.csv is back.")
    assert (workspace.folder / "my example.csv").exists()
    expect(page.get_by_label("Search by name")).to_have_value("EXAMPLE")


def test_a_file_is_downloaded_and_led_into_a_job(open_page: Callable[..., Any], workspace: Workspace) -> None:
    (workspace.folder / FOUL).write_text("a\n1\n")
    page = open_page("/files?q=script")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text() == "a\n1\n"
    page.get_by_role("link", name="Use in a job").click()
    expect(page.get_by_label("Input file")).to_have_value(FOUL)


def test_the_list_is_put_in_order_and_back_goes_back(open_page: Callable[..., Any], workspace: Workspace) -> None:
    (workspace.folder / "large.csv").write_text("a\n" * 1000)
    page = open_page("/files")
    first = page.locator(".file-name .name").first
    page.get_by_role("link", name="Size").click()
    expect(first).to_have_text("large.csv")
    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("link", name="Size").click()
    expect(first).to_have_text(NAME)
    page.go_back()
    expect(first).to_have_text("large.csv")


def test_the_keyboard_reaches_every_file_and_the_undo(open_page: Callable[..., Any], workspace: Workspace) -> None:
    for number in range(3):
        (workspace.folder / f"{number}.csv").write_text("a\n")
    page = open_page("/files?sort=name")
    rows = page.locator("[data-row]")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Delete 1.csv")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1.csv is back.")


def test_no_list_scrolls_sideways_when_narrow(open_page: Callable[..., Any], all_lists: list[str]) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    for path in all_lists:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(
    open_page: Callable[..., Any], all_lists: list[str], scheme: str, width: int, check_with_axe: Callable[[Any], None]
) -> None:
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in all_lists:
        page.goto(path)
        check_with_axe(page)
