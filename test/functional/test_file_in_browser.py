"""A person at the pages of one file, while it is inspected and after: with and without JavaScript, narrow and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from project.assembly import Services
from project.files.listing import Listing
from project.files.view import FileView
from project.files.workspace import Workspace
from project.jobs.models import Job

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

NAME = "<script>alert(1)<script> a\u202egpj.csv"
ROWS = "a,b\n1,2\n" + "odd\n" * 3
RUNNING = {"state": "running", "attempt": 1, "phase": "working", "worker": "host:1", "bytes_read": 5_000_000}
PROGRESS = {"bytes_total": 10_000_000, "rows_read": 1_234_567, "rows_per_second": 2e6, "seconds_left": 9.0}
FAILED = {"state": "failed", "error_code": "all_rejects", "error_message": "Every one of 7 records was rejected."}


@pytest.fixture
def file(services: Services, workspace: Workspace) -> FileView:
    """A file with a foul name."""
    (workspace.folder / NAME).write_text(ROWS)
    services.catalogue.refresh()
    return services.catalogue.page(Listing(search="script")).files[0]


@pytest.fixture
def turn(services: Services) -> Callable[..., None]:
    """Change the inspection as its worker would."""

    def turn(**values: object) -> None:
        with services.database.write() as session:
            session.execute(update(Job).values(values))

    return turn


def finish(services: Services, file: FileView, turn: Callable[..., None]) -> None:
    """Let the inspection run to its end."""
    turn(state="queued", error_code=None, error_message=None)
    job = services.inspecting.status(file).job
    assert job is not None
    services.supervisor().run(job.id)


def test_an_inspection_is_watched_to_its_end_without_a_reload(
    open_page: Callable[..., Any], services: Services, file: FileView, turn: Callable[..., None]
) -> None:
    page = open_page(f"/files/{file.id}/columns")
    expect(page.get_by_text("1st in the queue.")).to_be_visible()
    turn(**RUNNING, **PROGRESS, fraction=0.5)
    expect(page.get_by_role("heading", name="Looking at every column")).to_be_visible()
    expect(page.get_by_text("1,234,567")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.5000")
    finish(services, file, turn)
    expect(page.get_by_text("Inspected:")).to_be_visible()
    expect(page.get_by_role("link", name="3 rejects")).to_be_visible()
    assert page.url.endswith("/columns")
    page.get_by_role("button", name="Inspect again").click()
    expect(page.get_by_text("1st in the queue.")).to_be_visible()


def test_the_end_of_an_inspection_does_not_take_a_person_back_who_has_gone_on(
    open_page: Callable[..., Any], services: Services, file: FileView, turn: Callable[..., None]
) -> None:
    page = open_page(f"/files/{file.id}/columns")
    expect(page.get_by_text("1st in the queue.")).to_be_visible()
    turn(**RUNNING, **PROGRESS, fraction=0.5)

    def answer_late(route: Any) -> None:
        with page.expect_response("**/inspection"):
            turn(**FAILED)
        with page.expect_response("**/columns?live=1"):
            pass  # What follows the end of an inspection has been done by then.
        route.continue_()

    page.route("**/jobs", answer_late)
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs$"))


@pytest.mark.parametrize("has_script", [True, False])
def test_a_file_is_renamed_deleted_and_taken_back_from_its_page(
    open_page: Callable[..., Any], workspace: Workspace, file: FileView, has_script: bool
) -> None:
    page = open_page(f"/files/{file.id}", java_script_enabled=has_script)
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("New name of").fill("example_input.csv")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is a file “example_input.csv” already")).to_be_visible()
    page.get_by_label("New name of").fill("new.csv")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="new.csv")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("new.csv is deleted.")
    page.goto(f"/files/{file.id}")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("status")).to_contain_text("new.csv is back.")
    assert (workspace.folder / "new.csv").read_text() == ROWS


@pytest.mark.parametrize(("scheme", "width"), [("dark", 320), ("light", 1280)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    open_page: Callable[..., Any],
    services: Services,
    file: FileView,
    turn: Callable[..., None],
    workspace: Workspace,
    scheme: str,
    width: int,
    check_with_axe: Callable[[Any], None],
) -> None:
    page = open_page(f"/files/{file.id}", color_scheme=scheme, viewport={"width": width, "height": 800})

    def check(path: str = f"/files/{file.id}") -> None:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        check_with_axe(page)

    for values in ({}, {**RUNNING, **PROGRESS}, FAILED, {"state": "cancelled"}):
        if values:
            page.goto("about:blank")  # A page that sees the inspection end would load itself again.
            turn(**values)
        check()
    finish(services, file, turn)
    for path in (f"/files/{file.id}?rename=1", f"/files/{file.id}/reading", "/jobs?kind=inspection"):
        check(path)
    (workspace.folder / NAME).write_bytes(b"\x7fELF")
    services.catalogue.refresh()
    check()
    services.catalogue.delete(file.id)
    check()
