"""A join accounts for the other file's records alike, whether it reads the file or an inspection's copy of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from project.assembly import Services
from project.engine.ledger import Ledger, TableCounts
from project.engine.matches import TrialReport
from project.files.inspections import Inspection
from project.files.view import FileView
from project.files.workspace import Workspace
from project.jobs.kinds import JobKind
from project.operations.recipe import Recipe

Inspected = Callable[[str, str], tuple[FileView, Inspection]]
Told = Callable[[JobKind], tuple[Ledger | TrialReport, list[tuple[str, str]]]]

SONGS = "Name,Year\nUmbrella,2007\n\nHalo,2008,one too many\nIn The End,2001\n\n"
JOIN = Recipe.parse(
    {"steps": [{"operation": "join", "file": "songs.csv", "on": [{"left": "Song", "right": "Name"}], "how": "inner"}]}
)


@pytest.fixture(autouse=True)
def songs(workspace: Workspace) -> None:
    (workspace.folder / "songs.csv").write_text(SONGS)


@pytest.fixture
def told(services: Services) -> Told:
    """Carries a join out, or tries it; its ledger or report, and what its log says of the other file's records."""

    def told(kind: JobKind) -> tuple[Ledger | TrialReport, list[tuple[str, str]]]:
        is_trial = kind is JobKind.TRIAL
        if is_trial:
            job = services.trials.submit("example_input.csv", JOIN)
        else:
            job = services.jobs.submit("example_input.csv", f"{len(services.jobs.latest())}.csv", JOIN)
        services.supervisor().run(job.id)
        job = services.jobs.get(job.id)
        about = [(line.level, line.message) for line in services.jobs.log(job.id) if line.message.startswith("“songs")]
        found = services.trials.report(job) if is_trial else job.ledger
        assert found is not None
        return found, about

    return told


@pytest.mark.parametrize("kind", [JobKind.RECIPE, JobKind.TRIAL])
def test_a_copy_tells_of_the_records_that_it_lacks(
    services: Services, inspected: Inspected, told: Told, kind: JobKind
) -> None:
    of_file = told(kind)
    file, inspection = inspected("songs.csv", SONGS)
    copy = services.supervisor()._terms.find_copy("songs.csv", file.choice)
    assert copy and copy.path == inspection.data
    found, about = told(kind)
    assert (found, about) == of_file
    assert [level for level, words in about if "5 records: 2 kept, 1 rejected, 2 blank." in words] == ["warning"]
    if isinstance(found, Ledger):
        assert found.tables == (TableCounts(step=1, name="songs.csv", read=5, kept=2, rejected=1, blank=2),)
