"""The head of published files: bounded, and only of what is the job's own."""

from __future__ import annotations

import pytest

from project.database import Database
from project.errors import NotFoundError
from project.jobs import preview


@pytest.fixture
def run(service, submit, supervisor):
    """Run a job whose engine writes these texts; the job as it is then."""

    def run(text, rejects=None):
        job = submit()
        read = 2 if rejects else 1
        supervisor(f"finish({text!r}, {rejects!r}, {read})").run(job.id)
        return service.get(job.id)

    return run


@pytest.fixture
def database(sqlite_url):
    """One is enough: nothing here depends on it."""
    database = Database(sqlite_url)
    yield database
    database.close()


def test_the_first_rows_and_that_there_are_more(run, workspace):
    job = run("a,b\n" + "".join(f'{number},"x\n{number}"\n' for number in range(60)))
    table = preview.result_rows(workspace, job, limit=50)
    assert table.columns == ("a", "b") and len(table.rows) == 50 and table.cut
    assert table.rows[49] == ("49", "x\n49")


def test_a_small_result_is_shown_whole(run, workspace):
    table = preview.result_rows(workspace, run('a\n""\n'))
    assert (table.columns, table.rows, table.cut) == (("a",), (("",),), False)


def test_huge_cells_and_many_columns_are_cut(run, workspace):
    names = ",".join(f"c{number}" for number in range(300))
    table = preview.result_rows(workspace, run(f"{names}\n{'x' * 2_000_000}\n"))
    assert len(table.columns) == 200 and table.cut and len(table.rows) <= 1
    assert all(len(cell) < 600 for row in table.rows for cell in row)


def test_rejects_with_their_reasons(run, workspace):
    head = "record,line,byte_offset,reason,column,raw\n"
    job = run("a\n1\n", head + '3,4,17,"2 fields where 3 were expected",,"x,y"\n')
    (reject,) = preview.reject_rows(workspace, job)
    assert (reject.record, reject.line, reject.byte_offset, reject.raw) == ("3", "4", "17", "x,y")
    assert preview.reject_rows(workspace, run("a\n1\n")) == ()


def test_a_file_that_was_replaced_since_is_not_passed_off_as_the_jobs_own(run, workspace):
    job = run("a\n1\n")
    (workspace.folder / "out.csv").write_text("a\n2222\n")
    with pytest.raises(NotFoundError, match="replaced or changed"):
        preview.result_rows(workspace, job)
    (workspace.folder / "out.csv").unlink()
    with pytest.raises(NotFoundError, match="any more"):
        preview.result_rows(workspace, job)
