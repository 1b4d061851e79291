"""A person takes a result in another format: without JavaScript, narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from project.assembly import Services
from project.files.workspace import Workspace
from project.operations.recipe import Recipe

sync_api = pytest.importorskip("playwright.sync_api")


def test_a_result_is_taken_in_another_format(
    open_page: Callable[..., Any],
    check_with_axe: Callable[[Any], None],
    services: Services,
    workspace: Workspace,
    tmp_path: Path,
) -> None:
    (workspace.folder / "plays.csv").write_text("Song,Plays\n=a,007\n")
    job = services.jobs.submit("plays.csv", "out.csv", Recipe())
    services.supervisor().run(job.id)
    for scheme, width in (("light", 1280), ("dark", 320)):
        page = open_page(f"/jobs/{job.id}", color_scheme=scheme, viewport={"width": width, "height": 800})
        page.get_by_text("Other formats").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        check_with_axe(page)
    page = open_page(f"/jobs/{job.id}", java_script_enabled=False)
    page.get_by_text("Other formats").click()
    page.get_by_label("Safe for Excel").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel", exact=True).click()
    assert download.value.suggested_filename == "out.xlsx"
    download.value.save_as(tmp_path / "out.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(values_only=True)
    assert list(rows) == [("Song", "Plays"), ("'=a", "007")]
