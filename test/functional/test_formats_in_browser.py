"""A person takes a result in another format: without JavaScript, narrow and wide, light and dark."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from werkzeug.serving import make_server

from project.assembly import Services
from project.files.workspace import Workspace
from project.operations.recipe import Recipe

sync_api = pytest.importorskip("playwright.sync_api")

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def test_a_result_is_taken_in_another_format(
    browser: Any, address: str, axe: str, services: Services, workspace: Workspace, tmp_path: Path
) -> None:
    (workspace.folder / "plays.csv").write_text("Song,Plays\n=a,007\n")
    job = services.jobs.submit("plays.csv", "out.csv", Recipe())
    services.supervisor().run(job.id)
    for scheme, width in (("light", 1280), ("dark", 320)):
        page = browser.new_page(base_url=address, color_scheme=scheme, viewport={"width": width, "height": 800})
        page.goto(f"/jobs/{job.id}")
        page.get_by_text("Other formats").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(axe)
        found = page.evaluate("rules => axe.run(rules)", RULES)
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        page.close()
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/jobs/{job.id}")
    page.get_by_text("Other formats").click()
    page.get_by_label("Safe for Excel").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel", exact=True).click()
    assert download.value.suggested_filename == "out.xlsx"
    download.value.save_as(tmp_path / "out.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(values_only=True)
    assert list(rows) == [("Song", "Plays"), ("'=a", "007")]
    context.close()
