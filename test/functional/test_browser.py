"""A person at a browser: every page for real, with and without JavaScript, by keyboard, narrow, light and dark."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from config.settings import Settings
from project.assembly import Services, assemble
from project.database.clock import now
from project.engine.ledger import Ledger, StepCounts
from project.files.workspace import Workspace
from project.jobs.models import Job
from project.recipes.service import BUILT_IN

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
# A machine that runs other tests beside these is slow; what comes is waited for no longer than it takes.
expect.set_options(timeout=20_000)

ROOT = Path(__file__).parents[2]
RESULT = (
    b"Song,Date,Total Number of Plays for Date\nIn The End,2020-01-01,1500\nIn The End,2020-01-02,500\n"
    b"Umbrella,2020-01-01,150\nUmbrella,2020-01-02,250\n"
)
DIRTY = "Song,Date,Number of Plays\nUmbrella,2020-01-01,5\nshort,2020\n\nUmbrella,2020-01-01,x\nÜ,2020-01-02,7\n"
END_MS = 60_000
"""An engine that starts for the first time compiles its scanner."""


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    services = assemble(settings)
    yield services
    services.database.close()


@pytest.fixture
def start_worker(settings: Settings) -> Iterator[Callable[[], None]]:
    """Starts a real worker on the same Redis and database."""
    given = {
        "DATA_DIR": settings.data_dir,
        "STATE_DIR": settings.state_dir,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "ENGINE_MEMORY_MB": 256,
        "WORKER_CONCURRENCY": 1,
        "SWEEP_SECONDS": 1,
    }
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        command = [sys.executable, "-m", "celery", "-A", "project.worker", "worker", "--without-gossip"]
        environment = {**os.environ, **{name: str(value) for name, value in given.items()}}
        workers.append(subprocess.Popen([*command, "--without-mingle"], cwd=ROOT, env=environment))

    yield start
    for worker in workers:
        worker.terminate()
        worker.wait(timeout=30)


@pytest.fixture
def show(services: Services, workspace: Workspace) -> Callable[..., str]:
    """Puts a job into a state and gives its page's path."""
    (workspace.folder / "dirty.csv").write_text(DIRTY)

    def show(output: str, input: str = "example_input.csv", run: bool = False, **values: Any) -> str:
        job = services.jobs.submit(input, output, BUILT_IN[0].recipe)
        if run:
            services.supervisor().run(job.id)
        if values:
            with services.database.write() as session:
                session.execute(update(Job).where(Job.id == job.id).values(values))
        return f"/jobs/{job.id}"

    return show


def running(**values: Any) -> dict[str, Any]:
    fixed = {"state": "running", "attempt": 1, "worker": "mill:1", "started_at": now(-60), "updated_at": now()}
    return {**fixed, "phase": "checking", "bytes_total": 2_600_000_000, "fraction": 0.1, **values}


def all_pages(show: Callable[..., str]) -> list[str]:
    """The address of a page of each kind."""
    ledger = Ledger(
        read=100_000_000,
        kept=99_999_800,
        rejected=120,
        blank=80,
        steps=(StepCounts(operation="aggregate", rows_in=99_999_800, rows_out=31_901_234, merged=68_098_566),),
        written=31_901_234,
    )
    failed = {"state": "failed", "finished_at": now(), "error_code": "disk_full", "error_message": "The disk is full."}
    return [
        "/",
        "/jobs",
        "/workers",
        "/upload",
        "/jobs?state=failed",
        "/download?process_id=unknown",
        "/?job=" + show("again.csv", run=True).removeprefix("/jobs/"),
        show("queued.csv"),
        show("running.csv", **running()),
        show("silent.csv", **running(updated_at=now(-300))),
        show("rejects.csv", input="dirty.csv", run=True),
        show("huge.csv", run=True, ledger=ledger.model_dump_json()),
        show("failed.csv", **failed),
        show("cancelled.csv", state="cancelled", finished_at=now()),
    ]


def submit(page: Any, output: str = "out.csv") -> None:
    page.get_by_label("Input file").fill("example_input.csv")
    page.get_by_label("Output file").fill(output)
    page.get_by_role("button", name="Process the file").click()


def assert_whole(page: Any) -> None:
    """The page of the example's succeeded job: its ledger, its rows, and its download byte by byte."""
    expect(page.get_by_text("7 read = 7 kept + 0 rejected + 0 blank")).to_be_visible()
    expect(page.locator("#ledger .stage-piece")).to_have_text(["−3 merged into others"], use_inner_text=True)
    expect(page.locator("#result tbody tr")).to_have_count(4)
    expect(page.locator("#result tbody tr").first).to_contain_text("In The End")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download result").click()
    assert download.value.suggested_filename == "out.csv"
    assert Path(download.value.path()).read_bytes() == RESULT


def test_a_name_goes_in_and_a_whole_file_comes_out(
    open_page: Callable[..., Any], start_worker: Callable[[], None]
) -> None:
    page = open_page()
    submit(page)
    job_id = page.locator("#job-id").inner_text()
    assert page.url.endswith(f"/jobs/{job_id}")
    expect(page.get_by_label("Look up a job")).to_have_value(job_id)
    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    start_worker()
    expect(page.locator("#live")).to_have_attribute("data-state", "succeeded", timeout=END_MS)
    assert page.evaluate("window.loadedOnce"), "the page was loaded anew"
    assert page.title().startswith("Succeeded")
    expect(page.get_by_role("status").first).to_contain_text("The job has succeeded. 4 rows written, 0 rejected.")
    assert_whole(page)


def test_all_of_it_works_without_javascript(open_page: Callable[..., Any], start_worker: Callable[[], None]) -> None:
    page = open_page(java_script_enabled=False)
    submit(page)
    job_id = page.locator("#job-id").inner_text()
    start_worker()
    # The page asks for itself again every five seconds.
    expect(page.locator("#live")).to_have_attribute("data-state", "succeeded", timeout=END_MS)
    expect(page.get_by_role("button", name="Copy ID")).to_be_hidden()
    assert_whole(page)
    page.goto("/")
    page.get_by_label("Look up a job").fill(job_id)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#job-id")).to_have_text(job_id)


def test_all_of_it_works_by_keyboard(open_page: Callable[..., Any]) -> None:
    page = open_page()
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press("Enter")
    press("Tab")
    expect(page.get_by_label("Input file")).to_be_focused()
    page.keyboard.type("example_input.csv")
    press("Tab")
    page.keyboard.type("out.csv")
    press("Enter")
    expect(page.locator("#job-id")).to_be_visible()
    job_id = page.locator("#job-id").inner_text()
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    press("/")
    expect(page.get_by_label("Look up a job")).to_be_focused()
    page.keyboard.type("?/ is text here")
    expect(page.get_by_label("Look up a job")).to_have_value("?/ is text here")
    page.get_by_label("Look up a job").fill(job_id)
    press("Enter")
    expect(page.locator("#job-id")).to_have_text(job_id)


def test_arrows_and_page_keys_move_through_the_jobs(open_page: Callable[..., Any], show: Callable[..., str]) -> None:
    paths = [show(f"{number}.csv") for number in range(12)]
    page = open_page("/jobs")
    rows = page.locator("[data-row]")
    rows.first.focus()
    for key, row in (("ArrowDown", 1), ("PageDown", 11), ("ArrowUp", 10), ("Home", 0), ("ArrowUp", 0), ("End", 11)):
        page.keyboard.press(key)
        expect(rows.nth(row)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**" + paths[0])
    page.go_back()
    expect(rows).to_have_count(12)


def test_progress_moves_neither_focus_nor_scroll(
    open_page: Callable[..., Any], show: Callable[..., str], services: Services
) -> None:
    path = show("out.csv", **running())
    page = open_page(path, viewport={"width": 800, "height": 300})
    page.get_by_role("button", name="Cancel").focus()
    before = page.evaluate("scrollTo(0, 120), scrollY")
    assert before > 100
    with services.database.write() as session:
        session.execute(update(Job).values(running(phase="working", fraction=0.55, rows_read=1_234_567)))
    expect(page.get_by_role("heading", name="Running the recipe")).to_be_attached()
    expect(page.locator("#progress")).to_contain_text("1,234,567")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert page.evaluate("scrollY") == before
    expect(page.locator("#announcement")).to_have_text("50 percent. Running the recipe.")


def test_when_the_job_ends_under_the_fingers_the_focus_is_not_lost(
    open_page: Callable[..., Any], show: Callable[..., str], services: Services
) -> None:
    page = open_page(show("out.csv", **running()))
    page.get_by_role("button", name="Cancel").focus()
    with services.database.write() as session:
        session.execute(update(Job).values(state="cancelled", finished_at=now()))
    expect(page.locator("#live")).to_have_attribute("data-state", "cancelled")
    assert page.evaluate("document.activeElement !== document.body")


@pytest.mark.parametrize("has_script", [True, False])
def test_a_job_is_cancelled_and_tried_again_with_a_button_each(
    open_page: Callable[..., Any], show: Callable[..., str], has_script: bool
) -> None:
    page = open_page(show("out.csv"), java_script_enabled=has_script)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Nothing was published, and the original is untouched.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#place")).to_contain_text("1st in the queue.")


def test_a_server_that_does_not_answer_is_told_from_a_job_that_does_not_move(
    open_page: Callable[..., Any], show: Callable[..., str]
) -> None:
    page = open_page(show("out.csv", **running()))
    expect(page.locator("#connection")).to_be_hidden()
    page.route("**/*live=1", lambda route: route.abort())
    expect(page.locator("#connection")).to_be_visible()
    page.unroute("**/*live=1")
    expect(page.locator("#connection")).to_be_hidden(timeout=15_000)


def test_a_wrong_form_keeps_what_was_typed_and_goes_to_the_fault(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.get_by_label("Input file").fill("missing.csv")
    page.get_by_label("Output file").fill("kept.csv")
    page.get_by_role("button", name="Process the file").click()
    expect(page.get_by_text("There is no file “missing.csv”")).to_be_visible()
    expect(page.get_by_label("Input file")).to_be_focused()
    expect(page.get_by_label("Output file")).to_have_value("kept.csv")


def test_writing_a_recipe_chooses_it(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.get_by_text("Write a recipe of your own").click()
    page.get_by_label("Custom recipe (JSON)").fill('{"steps": []}')
    expect(page.get_by_label("Recipe", exact=True)).to_have_value("custom")


def test_an_id_is_copied_with_one_click(open_page: Callable[..., Any], show: Callable[..., str]) -> None:
    path = show("out.csv")
    page = open_page(path, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy ID").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == path.removeprefix("/jobs/")


UPLOAD_BYTES = 12_000_000


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file that takes some seconds over a slow line."""
    path = tmp_path / "big.csv"
    path.write_bytes(os.urandom(UPLOAD_BYTES))
    return path


def slow_line(page: Any, bytes_a_second: int = 2_000_000) -> Any:
    session = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    session.send("Network.emulateNetworkConditions", limits)
    return session


def drop(page: Any, name: str, content: str) -> None:
    """Let go of a file above the page."""
    script = """([name, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([content], name));
        document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
    }"""
    page.evaluate(script, [name, content])


def upload(page: Any, state: str) -> Any:
    """The row of the only upload, once it is in that state."""
    row = page.locator("#uploads .upload")
    expect(row.locator("[data-word]")).to_have_text(state)
    return row


def test_an_upload_goes_on_after_a_reload_in_its_middle(
    open_page: Callable[..., Any], big: Path, workspace: Workspace
) -> None:
    page = open_page("/upload")
    page.on("dialog", lambda dialog: dialog.accept())
    slow_line(page)
    page.get_by_label("Files", exact=True).set_input_files(big)
    expect(upload(page, "uploading").locator("[data-account]")).to_contain_text("left")
    page.reload()
    unfinished = page.locator("[data-unfinished]")
    expect(unfinished).to_contain_text("big.csv")
    assert not (workspace.folder / "big.csv").exists()
    with page.expect_request(lambda request: request.method == "PATCH") as patched:
        page.get_by_label("Files", exact=True).set_input_files(big)
    assert 0 < int(patched.value.headers["upload-offset"]) < UPLOAD_BYTES
    row = upload(page, "in the workspace")
    expect(unfinished).to_have_count(0)
    assert (workspace.folder / "big.csv").read_bytes() == big.read_bytes()
    row.get_by_role("link", name="Process it").click()
    expect(page.get_by_label("Input file")).to_have_value("big.csv")


def test_an_upload_is_paused_gone_on_with_and_cancelled(
    open_page: Callable[..., Any], big: Path, services: Services, wait_until: Callable[..., None]
) -> None:
    page = open_page("/upload")
    slow_line(page)
    page.get_by_label("Files", exact=True).set_input_files(big)
    expect(upload(page, "uploading").locator("[data-account]")).to_contain_text("/s")
    page.get_by_role("button", name="Pause: big.csv").click()
    upload(page, "paused")
    expect(page.get_by_role("button", name="Go on: big.csv")).to_be_focused()
    page.keyboard.press("Enter")
    upload(page, "uploading")
    page.get_by_role("button", name="Cancel: big.csv").click()
    upload(page, "cancelled")
    wait_until(lambda: services.uploads.under_way() == ())


def test_a_dropped_file_whose_name_is_taken_is_asked_about(open_page: Callable[..., Any], workspace: Workspace) -> None:
    page = open_page("/upload")
    drop(page, "example_input.csv", "a\n1\n")
    row = upload(page, "name taken")
    expect(row).to_contain_text("“example_input.csv” is in the workspace already: keep both, or replace it?")
    row.get_by_role("button", name="Keep both").click()
    expect(upload(page, "in the workspace")).to_contain_text("example_input (2).csv")
    assert (workspace.folder / "example_input (2).csv").read_text() == "a\n1\n"


def test_a_strange_name_is_text_and_a_bad_one_a_sentence(open_page: Callable[..., Any], workspace: Workspace) -> None:
    page = open_page("/upload")
    drop(page, "<img src=x>\u202egnp.csv", "a\n1\n")
    expect(upload(page, "in the workspace")).to_contain_text("<img src=x>\\u202egnp.csv")
    assert (workspace.folder / "<img src=x>\u202egnp.csv").exists()
    page.reload()
    drop(page, ".hidden", "a\n")
    expect(upload(page, "failed")).to_contain_text("The file’s name begins with a dot")


def test_an_upload_outlives_a_server_that_is_away(
    open_page: Callable[..., Any], big: Path, workspace: Workspace
) -> None:
    page = open_page("/upload")
    page.route("**/uploads/*", lambda route: route.abort())
    page.get_by_label("Files", exact=True).set_input_files(big)
    expect(upload(page, "uploading")).to_contain_text("The server does not answer: trying again.")
    page.unroute("**/uploads/*")
    upload(page, "in the workspace")
    assert (workspace.folder / "big.csv").read_bytes() == big.read_bytes()


def test_files_come_without_javascript_too(open_page: Callable[..., Any], big: Path, workspace: Workspace) -> None:
    page = open_page("/upload", java_script_enabled=False)
    page.get_by_label("Files", exact=True).set_input_files(big)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("in the workspace", exact=True)).to_be_visible()
    assert (workspace.folder / "big.csv").read_bytes() == big.read_bytes()


def test_no_page_scrolls_sideways_when_narrow(open_page: Callable[..., Any], show: Callable[..., str]) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    for path in all_pages(show):
        page.goto(path)
        for details in page.locator("details > summary").all():
            details.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    open_page: Callable[..., Any], show: Callable[..., str], scheme: str, check_with_axe: Callable[[Any], None]
) -> None:
    page = open_page(color_scheme=scheme)
    for path in all_pages(show):
        page.goto(path)
        page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        check_with_axe(page)
