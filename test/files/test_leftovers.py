"""Inspections of what is gone are removed, after a while and not before; the others stay."""

from __future__ import annotations

import os

import pytest

from project.files.inspections import Inspections
from project.files.leftovers import MARK, Leftovers

NAME = "example_input.csv"
LONG_AGO = (1, 1)


@pytest.fixture
def inspections(workspace):
    return Inspections(workspace)


@pytest.fixture
def leftovers(database, workspace):
    return Leftovers(database, workspace, every_seconds=0)


def made(folder):
    folder.mkdir(parents=True)
    (folder / "data.parquet").write_bytes(b"x")
    return folder


def test_that_of_a_file_as_it_is_stays(leftovers, inspections, listed):
    file = listed()[NAME]
    place = made(inspections.place(file))
    (place / MARK).touch()
    os.utime(place / MARK, LONG_AGO)
    leftovers.sweep()
    leftovers.sweep()
    assert inspections.of(file).folder == place and not (place / MARK).exists()


def test_what_is_out_of_date_or_followed_by_another_goes_after_a_while(leftovers, inspections, listed):
    file = listed()[NAME]
    old = [made(inspections.place(file)), made(inspections.place(file).with_name("before"))]
    newest = made(inspections.place(file).with_name(file.version + ".1"))
    leftovers.sweep()
    assert all((place / MARK).exists() for place in old) and not (newest / MARK).exists()
    leftovers.sweep()
    for place in old:
        assert place.exists()
        os.utime(place / MARK, LONG_AGO)
    leftovers.sweep()
    assert not any(place.exists() for place in old)
    assert inspections.of(file).folder == newest


def test_that_of_a_file_that_nobody_knows_goes_after_a_day(leftovers, workspace):
    place = workspace.inspections / "stranger"
    made(place / "version")
    leftovers.sweep()
    hour = (place / MARK).stat().st_mtime - 3600
    os.utime(place / MARK, (hour, hour))
    leftovers.sweep()
    assert place.exists()
    os.utime(place / MARK, LONG_AGO)
    leftovers.sweep()
    assert not place.exists()


def test_that_of_a_deleted_file_stays_until_it_is_removed_for_good(leftovers, inspections, catalogue, listed):
    file = listed()[NAME]
    place = made(inspections.place(file))
    catalogue.delete(file.id)
    leftovers.sweep()
    assert not (place / MARK).exists()
    catalogue.purge(file.id)
    assert not place.parent.exists()


def test_it_looks_no_oftener_than_it_should(database, workspace):
    place = made(workspace.inspections / "stranger" / "version")
    leftovers = Leftovers(database, workspace)
    leftovers.sweep()
    (place.parent / MARK).unlink()
    leftovers.sweep()
    assert not (place.parent / MARK).exists()
