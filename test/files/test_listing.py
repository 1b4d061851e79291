"""The list of files: searched, filtered and in order on the server, page by page, however many there are."""

from __future__ import annotations

import os
import time

import pytest

from project.files import folder
from project.files.listing import Listing, SortColumn
from project.files.view import Birth, FileFacts, Origin

SIZES = {"b.csv": 3, "C.csv": 1, "a.csv": 2, "Ümläut_%.csv": 5, "d.CSV.gz": 4}


@pytest.fixture
def names(catalogue, workspace):
    """The names in the list that is asked for; the folder holds the files of SIZES, changed in that order."""
    (workspace.folder / "example_input.csv").unlink()
    for order, (name, size) in enumerate(SIZES.items()):
        (workspace.folder / name).write_bytes(b"x" * size)
        os.utime(workspace.folder / name, (order, order))
    catalogue.refresh()
    return lambda **asked: [file.name for file in catalogue.page(Listing(**asked)).files]


def test_the_last_changed_come_first(names):
    assert names() == list(SIZES)[::-1]


def test_names_are_in_order_whatever_their_cases(names):
    assert names(sort=SortColumn.NAME, descending=False)[:4] == ["a.csv", "b.csv", "C.csv", "d.CSV.gz"]


def test_sizes_are_in_order_both_ways(names):
    ascending = sorted(SIZES, key=SIZES.get)
    assert names(sort=SortColumn.SIZE, descending=False) == ascending
    assert names(sort=SortColumn.SIZE) == ascending[::-1]


@pytest.mark.parametrize("descending", [True, False])
def test_what_is_not_known_comes_last_both_ways(catalogue, workspace, names, descending):
    for name, rows in (("a.csv", 10), ("b.csv", 20)):
        file = catalogue.note_birth(name, Birth(origin=Origin.UPLOADED))
        catalogue.note_facts(file.id, folder.look(workspace, name).stamp, FileFacts(rows=rows))
    found = names(sort=SortColumn.ROWS, descending=descending)
    assert found[:2] == (["b.csv", "a.csv"] if descending else ["a.csv", "b.csv"])
    assert len(found) == len(SIZES)


@pytest.mark.parametrize("column", list(SortColumn))
def test_every_order_shows_every_file_once_over_its_pages(names, column):
    pages = [names(sort=column, offset=offset, limit=2) for offset in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert sorted(sum(pages, [])) == sorted(SIZES)


@pytest.mark.parametrize(
    "search, found",
    [
        ("csv", 5),
        (".csv.GZ", 1),
        ("ümläut", 1),
        ("ÜMLÄUT", 1),
        ("u\u0308ml", 1),
        ("%", 1),
        ("_", 1),
        ("  a.csv ", 1),
        ("nothing", 0),
        ("'; --", 0),
        ("\\", 0),
        ("\0", 0),
        ("\udc80", 0),
    ],
)
def test_a_part_of_a_name_finds_it(catalogue, names, search, found):
    page = catalogue.page(Listing(search=search))
    assert (page.total, len(page.files)) == (found, found)


def test_files_are_filtered_by_where_they_come_from(catalogue, names):
    catalogue.note_birth("a.csv", Birth(origin=Origin.UPLOADED))
    assert names(origin=Origin.UPLOADED) == ["a.csv"]
    assert "a.csv" not in names(origin=Origin.FOUND)
    assert names(origin=Origin.RESULT) == []


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def test_ten_thousand_files_take_a_few_times_what_reading_the_folder_takes(catalogue, workspace):
    for number in range(10_000):
        (workspace.folder / f"file {number:05} of many.csv").touch()
    first = seconds(catalogue.refresh)
    scan = min(seconds(lambda: folder.scan(workspace)) for _ in range(3))
    again = min(seconds(catalogue.refresh) for _ in range(3))
    (workspace.folder / "file 00007 of many.csv").write_text("x")
    changed = seconds(catalogue.refresh)
    page = min(
        seconds(lambda: catalogue.page(Listing(search="07", sort=SortColumn.NAME, offset=100))) for _ in range(3)
    )
    told = f"scan {scan:.3f}, first {first:.3f}, again {again:.3f}, changed {changed:.3f}, page {page:.3f}"
    print(told)
    assert again < 8 * scan and changed < 16 * scan and page < 4 * scan and first < 60 * scan, told
    assert catalogue.page(Listing()).total == 10_001
