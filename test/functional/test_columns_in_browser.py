"""A person at the page of a file's columns: narrow and wide, light and dark, by keyboard, while it is still read."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from project import current
from project.engine.inspection.profile import Bin, ColumnProfile, Frequent, Histogram, Profile, Quantile, Shape
from project.files.inspections import Inspections
from project.files.listing import Listing
from project.files.view import FileView

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
expect.set_options(timeout=20_000)

NOTHING: dict[str, Any] = {
    "distinct": 3,
    "distinct_error": 0.0,
    "minimum": None,
    "maximum": None,
    "sum": None,
    "mean": None,
    "span": None,
    "quantiles": (),
    "rank_error": 0.0,
    "longest": 3,
    "top": (),
    "top_error": 0,
    "histogram": None,
}


def columns(rows: int) -> tuple[ColumnProfile, ...]:
    """One of each kind."""
    bins = tuple(Bin(low=str(50 * n + 1), high=str(50 * n + 51), count=rows * n // 400) for n in range(20))
    plays = {
        "minimum": "1",
        "maximum": "970",
        "sum": "499",
        "mean": "0.12345678901234567",
        "quantiles": tuple(Quantile(percent=percent, value=f"{10 * percent}") for percent in (5, 25, 50, 75, 95)),
        "top": tuple(Frequent(value=str(n), count=20 - n, length=1) for n in range(10)),
        "histogram": Histogram(of="values", bins=bins),
    }
    songs = {
        "minimum": "a" * 200,
        "maximum": "\u202eمقطع <b>",
        "distinct_error": 0.0156,
        "top": (Frequent(value="x" * 200, count=9, length=10**6), Frequent(value="", count=1, length=0)),
        "top_error": 2,
        "histogram": Histogram(of="lengths", bins=bins),
        "methods": ("The different values are too many to be counted.",),
        "longest": 1000,
    }
    borders = [f"2024-01-01 {hour:02d}:00:00.123456" for hour in range(21)]
    moments = {
        "minimum": borders[0],
        "maximum": borders[-1],
        "histogram": Histogram(
            of="values", bins=tuple(Bin(low=low, high=high, count=9) for low, high in pairwise(borders))
        ),
        "quantiles": tuple(Quantile(percent=percent, value=borders[percent // 5]) for percent in (5, 25, 50, 75, 95)),
    }
    told = [
        ("Plays", Shape.INTEGER, "integers", rows - rows // 3, rows // 3, 0, plays),
        ("A name " * 30 + "<b>", Shape.TEXT, "integers, 3 with leading zeros, so text", rows - 3, 0, 3, songs),
        ("Seen at", Shape.DATE_TIME, "dates with times", rows, 0, 0, moments),
        ("nothing", Shape.NOTHING, "no values", 0, rows, 0, {"distinct": 0, "longest": 0}),
    ]
    return tuple(
        ColumnProfile(
            name=name, shape=shape, sentence=sentence, values=values, missing=missing, empty=empty, **NOTHING | more
        )
        for name, shape, sentence, values, missing, empty, more in told
    )


def profile(count: int = 4, *, rows: int = 9000, complete: bool = True) -> Profile:
    return Profile(
        complete=complete,
        dialect="",
        records=9000,
        rejected=0,
        blank=0,
        rows=rows,
        has_records=False,
        columns=(columns(rows) * count)[:count],
    )


@pytest.fixture
def attempt(app: Flask, tmp_path: Path) -> Path:
    """The folder of an attempt that inspects the example; the file is inspected once this has a profile."""
    folder = tmp_path / "attempt"
    folder.mkdir()
    (folder / "profile.partial.json").write_text(profile(rows=3000, complete=False).model_dump_json())
    app.extensions["rowmill.inspections"] = Inspections(app.extensions["rowmill.workspace"], lambda file: folder)
    return folder


@pytest.fixture
def file(app: Flask) -> FileView:
    """The example in the catalogue."""
    with app.app_context():
        current.catalogue().refresh()
        (file,) = current.catalogue().page(Listing()).files
    return file


@pytest.fixture
def path(file: FileView) -> str:
    """The address of its columns."""
    return f"/files/{file.id}/columns"


@pytest.fixture
def finish(app: Flask, file: FileView) -> Callable[[Profile], None]:
    """Puts the example's inspection into its place."""

    def finish(profile: Profile) -> None:
        folder = app.extensions["rowmill.inspections"].place(file)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "profile.json").write_text(profile.model_dump_json())
        (folder / "data.parquet").touch()

    return finish


def test_what_is_known_grows_until_it_is_complete(
    open_page: Callable[..., Any], path: str, attempt: Path, finish: Callable[[Profile], None]
) -> None:
    partial = attempt / "profile.partial.json"
    partial.rename(attempt / "hidden")
    page = open_page(path)
    expect(page.locator("#columns")).to_be_empty()
    (attempt / "hidden").rename(partial)
    expect(page.locator("#so-far")).to_contain_text("So far: 3,000 rows of 9,000")
    page.get_by_text("The 20 bars in numbers").first.click()
    partial.with_name("next").write_text(profile(rows=6000, complete=False).model_dump_json())
    partial.with_name("next").replace(partial)
    expect(page.locator("#so-far")).to_contain_text("So far: 6,000 rows of 9,000")
    expect(page.locator("details").first).to_have_attribute("open", "")
    finish(profile())
    expect(page.locator("#so-far")).to_have_count(0)
    expect(page.locator("#column-1")).to_contain_text("3,000 missing")


def test_pictures_lead_to_their_rows_by_mouse_and_by_keyboard(
    open_page: Callable[..., Any], path: str, finish: Callable[[Profile], None]
) -> None:
    finish(profile())
    page = open_page(path)
    page.locator("#column-1 .histogram a").last.click()
    page.wait_for_url("**where=*")
    wanted = [
        {"column": "Plays", "test": "ge", "value": 951},
        {"column": "Plays", "test": "le", "value": 1001},
    ]
    assert json.loads(parse_qs(urlsplit(page.url).query)["where"][0]) == wanted
    page.goto(path)
    page.locator("#column-1 summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="51 to 100", exact=True)).to_be_focused()
    page.get_by_role("link", name="Missing").first.click()
    expect(page.get_by_role("columnheader", name="Missing")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("rowheader").first).to_have_text("nothing")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.usefixtures("attempt")
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    open_page: Callable[..., Any],
    path: str,
    finish: Callable[[Profile], None],
    check_with_axe: Callable[[Any], None],
    scheme: str,
    width: int,
) -> None:
    page = open_page(path, color_scheme=scheme, viewport={"width": width, "height": 800})
    for count, query in ((None, ""), (20, "?sort=-missing"), (20, "?column=2")):
        if count:
            page.goto("about:blank")  # A page that sees the inspection end would load itself again.
            finish(profile(count))
        page.goto(path + query)
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query
        # All that a column's own page has, the first page has too.
        if "column" not in query:
            check_with_axe(page)
