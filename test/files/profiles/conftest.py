"""Files of a workspace, inspected for real within the test's process; and columns as a profile may have them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask

from project import current
from project.engine.attempt import carry_out
from project.engine.inspection.profile import Bin, ColumnProfile, Histogram, Profile, Shape
from project.engine.plan import Plan
from project.engine.reporter import Reporter
from project.files.listing import Listing

Inspect = Callable[..., tuple[str, Profile]]


@pytest.fixture
def inspect(app: Flask) -> Inspect:
    """Puts a file with these rows into the workspace, and inspects it: its ID, and its profile."""

    def run(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, Profile]:
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        with app.app_context():
            path = current.workspace().folder / "inspected.csv"
            path.write_text(text.getvalue())
            current.catalogue().refresh()
            (file,) = current.catalogue().page(Listing(search=path.name)).files
            folder = current.inspections().place(file)
            (folder / "spill").mkdir(parents=True)
            plan = {"job_id": "job", "attempt": 1, "memory_mb": 512, "spill_mb": 4096, "output_mb": 4096}
            plan |= {"input": path, "input_name": path.name, "folder": folder, "recipe": {"steps": []}}
            carry_out(Plan.model_validate({**plan, "dialect": {}, "inspection": True}), Reporter(io.StringIO()))
        return file.id, Profile.model_validate_json((folder / "profile.json").read_bytes())

    return run


def column(name: str = "a", shape: Shape = Shape.INTEGER, **values: Any) -> ColumnProfile:
    """A column's profile, as plain as can be."""
    usual: dict[str, Any] = {
        "sentence": str(shape),
        "values": 1,
        "missing": 0,
        "empty": 0,
        "distinct": 1,
        "distinct_error": 0.0,
        "rank_error": 0.0,
        "longest": 1,
        "top": (),
        "top_error": 0,
        "quantiles": (),
        "histogram": None,
    }
    nothing = dict.fromkeys(("minimum", "maximum", "sum", "mean", "span"))
    return ColumnProfile(name=name, shape=shape, **usual | nothing | values)


@pytest.fixture(name="column")
def column_fixture() -> Callable[..., ColumnProfile]:
    return column


@pytest.fixture
def histogram() -> Callable[..., Histogram]:
    """One with these borders and counts."""

    def make(borders: Sequence[str], counts: Sequence[int], of: Any = "values") -> Histogram:
        bins = zip(borders[:-1], borders[1:], counts, strict=True)
        return Histogram(of=of, bins=tuple(Bin(low=low, high=high, count=count) for low, high, count in bins))

    return make


@pytest.fixture
def profile() -> Callable[..., Profile]:
    """One of these columns."""

    def make(*columns: ColumnProfile, **values: Any) -> Profile:
        rows = max([0, *(each.values + each.missing + each.empty for each in columns)])
        usual = {"complete": True, "dialect": "", "records": rows, "rejected": 0, "blank": 0, "rows": rows}
        return Profile(has_records=False, columns=columns, **usual | values)

    return make


@pytest.fixture
def put(app: Flask) -> Callable[[Profile], str]:
    """Puts a profile in the place of the example's, as if that had been inspected: its ID."""

    def put(profile: Profile) -> str:
        with app.app_context():
            current.catalogue().refresh()
            (file,) = current.catalogue().page(Listing(search="example_input")).files
            folder = current.inspections().place(file)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "profile.json").write_text(profile.model_dump_json())
            (folder / "data.parquet").touch()
            return file.id

    return put
