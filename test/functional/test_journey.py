"""A person brings a file, is cut off in the middle, finds the rows, puts the reading right, and tidies up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from project.files.workspace import Workspace

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=30_000)

ROWS = 150_000
BYTES_A_SECOND = 1_500_000
DROP = """async ([name, rows]) => {
    const lines = ["Song,Plays;Note"];
    for (let row = 1; row <= rows; row++) lines.push(`Song ${row % 1000},${row};note ${row}`);
    const data = new DataTransfer();
    // The same file again is known by its name, its size and its time.
    data.items.add(new File([lines.join("\\n") + "\\n"], name, {lastModified: 1700000000000}));
    document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
}"""


@pytest.mark.timeout(300)
def test_from_the_drop_to_the_undo(
    open_page: Callable[..., Any], workspace: Workspace, start_worker: Callable[[], object]
) -> None:
    start_worker()
    page = open_page("/upload")
    page.on("dialog", lambda dialog: dialog.type == "beforeunload" and dialog.accept())
    line = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": BYTES_A_SECOND}
    line.send("Network.emulateNetworkConditions", limits)

    page.evaluate(DROP, ["plays.csv", ROWS])
    upload = page.locator("#uploads .upload")
    expect(upload.locator("[data-account]")).to_contain_text("left")
    page.reload()
    expect(page.locator("[data-unfinished]")).to_contain_text("plays.csv")
    assert not (workspace.folder / "plays.csv").exists()
    with page.expect_request(lambda request: request.method == "PATCH") as patched:
        page.evaluate(DROP, ["plays.csv", ROWS])
    assert int(patched.value.headers["upload-offset"]) > 0
    expect(upload.locator("[data-word]")).to_have_text("in the workspace")
    lines = (workspace.folder / "plays.csv").read_text().splitlines()
    assert (len(lines), lines[-1]) == (ROWS + 1, f"Song 0,{ROWS};note {ROWS}")

    upload.get_by_role("link", name="Open it").click()
    expect(page.locator("[data-range]")).to_contain_text("of 150,000")
    heads = page.locator("thead th[data-column] .name")
    expect(heads).to_have_text(["Song", "Plays;Note"])
    page.get_by_role("link", name="Last").click()
    expect(page.locator("tbody tr").last).to_contain_text("150000;note 150000")

    page.get_by_role("link", name="How it is read").click()
    page.get_by_label("Delimiter", exact=True).select_option(label="Semicolon")
    preview = page.locator("thead th")
    expect(preview).to_have_text(["Line", "In a job", "Song,Plays", "Note"])
    page.get_by_role("button", name="Keep this reading").click()
    expect(page.get_by_text("Kept by hand: semicolon")).to_be_visible()
    page.get_by_role("link", name="Rows", exact=True).click()
    expect(heads).to_have_text(["Song,Plays", "Note"])

    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Column", exact=True).select_option("Note")
    page.get_by_label("Test", exact=True).select_option("contains")
    page.get_by_label("Value", exact=True).fill("note 14999")
    page.get_by_role("button", name="Keep these rows").click()
    expect(page.locator("[data-range]")).to_contain_text("of 11")
    page.get_by_role("link", name="Note", exact=True).click()
    expect(page.locator("tbody tr td:last-child")).to_have_text(
        ["note 14999", *(f"note {number}" for number in range(149_990, 150_000))]
    )

    page.get_by_role("link", name="Rename").click()
    page.get_by_label("New name of").fill("renamed.csv")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="renamed.csv")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    assert not (workspace.folder / "renamed.csv").exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("renamed.csv is back.")
    assert (workspace.folder / "renamed.csv").read_text().splitlines() == lines
