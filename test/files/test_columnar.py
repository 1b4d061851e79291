"""The columnar copy of a file is found for whoever reads the file as the inspection did, with what it lacks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from project.assembly import Services
from project.engine.dialect import DialectChoice
from project.engine.plan import Inspected
from project.files.columnar import ColumnarCopies
from project.files.inspections import Inspection
from project.files.view import FileView
from project.files.workspace import Workspace

Inspect = Callable[[str, str], tuple[FileView, Inspection]]


@pytest.fixture
def copies(services: Services) -> ColumnarCopies:
    return ColumnarCopies(services.catalogue, services.inspections)


def test_a_copy_comes_with_the_counts_of_what_it_lacks(copies: ColumnarCopies, inspected: Inspect) -> None:
    file, inspection = inspected("songs.csv", "Name,Year\nUmbrella,2007\n\nHalo\n\n")
    copy = copies.find("songs.csv", file.choice)
    assert copy and copy.path == inspection.data
    dialect = 'UTF-8, comma, quoted with ", header in line 1'
    assert copy.inspected == Inspected(dialect=dialect, records=4, rejected=1, blank=2)


def test_there_is_none_of_a_file_that_is_read_otherwise_or_was_not_inspected(
    copies: ColumnarCopies, inspected: Inspect, workspace: Workspace
) -> None:
    file, _ = inspected("songs.csv", "Name,Year\nUmbrella,2007\n")
    assert copies.find("songs.csv", DialectChoice(delimiter=";")) is None
    assert copies.find("gone.csv", file.choice) is None
    (workspace.folder / "songs.csv").write_text("Name,Year\nUmbrella,2007\nHalo,2008\n")
    assert copies.find("songs.csv", file.choice) is None


@pytest.mark.parametrize("damage", ["", "{}", None])
def test_without_the_counts_the_file_itself_is_read(
    copies: ColumnarCopies, inspected: Inspect, damage: str | None
) -> None:
    file, inspection = inspected("songs.csv", "Name,Year\nUmbrella,2007\n")
    if damage is None:
        inspection.profile.unlink()
    else:
        inspection.profile.write_text(damage)
    assert copies.find("songs.csv", file.choice) is None
