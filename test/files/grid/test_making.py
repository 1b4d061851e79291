"""Views of several web processes: made once, made again after a death, and kept within their bytes."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from project.engine.viewing.gate import locked
from project.engine.viewing.state import ASKED_FILE, LOCK_FILE
from project.errors import FailureError, NotFoundError
from project.files.grid.making import COMMAND, Views
from project.files.grid.query import GridQuery, SortBy
from project.files.grid.service import Grid

TEXT = "a,b\n" + "".join(f"{n * 7919 % 3000},{n}\n" for n in range(3000))
QUERY = GridQuery(sort=(SortBy("a"),), row=2901)
EXPECTED = sorted(range(3000), key=lambda n: n * 7919 % 3000)[2900:]


def views(workspace, command=COMMAND, megabytes=100, **values) -> Views:
    return Views(workspace.inspections, lambda: megabytes, dict(os.environ), command=command, **values)


def numbers(grid, inspection, query=QUERY) -> list[int]:
    page = grid.page(inspection, query)
    while page.making:
        page = grid.page(inspection, query)
    return [row.number for row in page.rows]


def test_two_web_processes_that_ask_at_once_share_a_view(inspected, workspace):
    _, inspection = inspected("t.csv", TEXT)
    grids = [Grid(views(workspace), lambda: 300) for _ in range(2)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda number: numbers(grids[number % 2], inspection), range(6)))
    assert found == [EXPECTED] * 6
    assert len(list(inspection.views.iterdir())) == 1


def test_after_a_kill_it_is_made_again(inspected, workspace):
    _, inspection = inspected("t.csv", TEXT)
    # It is killed as soon as it has begun: before there is anything.
    script = "import os, signal, sys; os.kill(os.getpid(), signal.SIGKILL)"
    dying = Grid(views(workspace, (sys.executable, "-c", script)), lambda: 300)
    with pytest.raises(FailureError, match="died"):
        numbers(dying, inspection)
    assert numbers(Grid(views(workspace), lambda: 300), inspection) == EXPECTED


def test_a_process_ends_with_the_web_process_that_started_it(inspected, workspace, wait_until):
    _, inspection = inspected("t.csv", TEXT)
    asked = views(workspace, (sys.executable, "-c", "import sys; sys.stdin.read()"), seconds=0.2)
    assert Grid(asked, lambda: 300).page(inspection, QUERY).making
    (process,) = asked._processes.values()
    assert process.poll() is None
    process.stdin.close()
    wait_until(lambda: process.poll() is not None)


def test_who_finds_no_place_to_wait_is_told_how_far_it_is(inspected, workspace):
    _, inspection = inspected("t.csv", TEXT)
    asked = views(workspace, at_once=1)
    assert asked._waiting.acquire(blocking=False)
    assert Grid(asked, lambda: 300).page(inspection, QUERY).making
    asked._waiting.release()
    assert numbers(Grid(asked, lambda: 300), inspection) == EXPECTED


def test_a_limit_of_the_disk_is_told_in_words(inspected, workspace):
    _, inspection = inspected("t.csv", TEXT)
    with pytest.raises(FailureError, match="VIEWS_MB"):
        numbers(Grid(views(workspace, megabytes=0), lambda: 300), inspection)


def test_a_file_that_has_just_gone_is_not_found(inspected, workspace):
    _, inspection = inspected("t.csv", TEXT)
    grid = Grid(views(workspace), lambda: 300)
    grid.columns(inspection)
    for path in inspection.folder.iterdir():
        path.unlink() if path.is_file() else path.rmdir()
    inspection.folder.rmdir()
    with pytest.raises(NotFoundError, match="just"):
        grid.page(inspection, QUERY)


@pytest.fixture
def kept(workspace) -> list[Path]:
    """Views of a megabyte each, the first one the last that was looked at."""
    folders = [workspace.inspections / "file" / "version" / "views" / name for name in "dcba"]
    for age, folder in enumerate(folders):
        folder.mkdir(parents=True)
        (folder / "part-00000.parquet").write_bytes(bytes(1 << 20))
        (folder / ASKED_FILE).touch()
        os.utime(folder / ASKED_FILE, (0, 1_000_000 - age))
    return folders


def test_views_that_nobody_looked_at_for_longest_go_first(workspace, kept):
    views(workspace, megabytes=2).evict()
    assert [folder.exists() for folder in kept] == [True, True, False, False]


def test_views_that_are_being_made_stay(workspace, kept):
    lock = locked(kept[3] / LOCK_FILE)
    views(workspace, megabytes=1).evict(but=kept[2])
    assert [folder.exists() for folder in kept] == [False, False, True, True]
    os.close(lock)


def test_a_view_that_is_there_needs_no_process(inspected, workspace):
    _, inspection = inspected("t.csv", TEXT)
    numbers(Grid(views(workspace), lambda: 300), inspection)
    without = Grid(views(workspace, ("/nonexistent",)), lambda: 300)
    assert numbers(without, inspection) == EXPECTED
