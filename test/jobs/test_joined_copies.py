"""A join accounts for the other file's records alike, whether it reads the file or an inspection's copy of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from project.assembly import Services
from project.engine.ledger import TableCounts
from project.engine.othernumbers import record_in_copy
from project.files.inspections import Inspection
from project.files.view import FileView
from project.files.workspace import Workspace
from project.jobs.kinds import JobKind
from project.jobs.view import JobView
from project.operations.recipe import Recipe

Inspect = Callable[[str, str], tuple[FileView, Inspection]]
Step = dict[str, Any]
CarryOut = Callable[..., tuple[JobView, list[tuple[str, str]]]]

ACCOUNT = "5 records: 2 kept, 1 rejected, 2 blank."
SONGS = "Name,Year\nUmbrella,2007\n\nHalo,2008,one too many\nIn The End,2001\n\n"
JOIN = {"operation": "join", "file": "songs.csv", "on": [{"left": "Song", "right": "Name"}], "how": "inner"}


@pytest.fixture
def songs(workspace: Workspace) -> Path:
    path = workspace.folder / "songs.csv"
    path.write_text(SONGS)
    return path


@pytest.fixture
def carry_out(services: Services, songs: Path) -> CarryOut:
    """Carries a recipe on the example out, or tries it; the job, and what its log says of the other file."""

    def carry_out(kind: JobKind, *steps: Step) -> tuple[JobView, list[tuple[str, str]]]:
        recipe = Recipe.parse({"steps": list(steps)})
        if kind is JobKind.TRIAL:
            job = services.trials.submit("example_input.csv", recipe)
        else:
            job = services.jobs.submit("example_input.csv", f"{len(services.jobs.latest())}.csv", recipe)
        services.supervisor().run(job.id)
        log = services.jobs.log(job.id)
        return services.jobs.get(job.id), [(line.level, line.message) for line in log if songs.name in line.message]

    return carry_out


def test_a_join_has_the_same_ledger_and_the_same_rows(
    carry_out: CarryOut, inspected: Inspect, workspace: Workspace
) -> None:
    of_file, told_of_file = carry_out(JobKind.RECIPE, JOIN)
    inspected("songs.csv", SONGS)
    of_copy, told_of_copy = carry_out(JobKind.RECIPE, JOIN)
    assert of_file.ledger and of_file.ledger == of_copy.ledger
    assert of_copy.ledger.tables == (TableCounts(step=1, name="songs.csv", read=5, kept=2, rejected=1, blank=2),)
    rows = [(workspace.folder / job.output).read_text() for job in (of_file, of_copy)]
    assert rows[0] == rows[1] and rows[0].count("2007") == 4
    assert told_of_copy == told_of_file
    assert [level for level, words in told_of_copy if ACCOUNT in words] == ["warning"]


def test_a_trial_has_the_same_report(carry_out: CarryOut, inspected: Inspect, services: Services) -> None:
    of_file, told_of_file = carry_out(JobKind.TRIAL, JOIN)
    inspected("songs.csv", SONGS)
    of_copy, told_of_copy = carry_out(JobKind.TRIAL, JOIN)
    report = services.trials.report(of_copy)
    assert report and report == services.trials.report(of_file)
    assert told_of_copy == told_of_file
    assert [level for level, words in told_of_copy if ACCOUNT in words] == ["warning"]


@pytest.mark.parametrize(
    ("text", "records"), [("a\n1\n\n2\n3,4\n5\n", [1, 3, 5]), ("a\n1\n2\n3,4\n", [1, 2]), ("a\n1\n2\n", [1, 2])]
)
def test_a_row_of_a_copy_is_found_in_the_file(inspected: Inspect, text: str, records: list[int]) -> None:
    _, inspection = inspected("a.csv", text)
    assert [record_in_copy(inspection.data, row) for row in range(len(records))] == records
