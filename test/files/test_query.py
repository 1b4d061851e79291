"""The address of the list, read and written."""

from __future__ import annotations

import pytest

from project.errors import InvalidInputError
from project.files.listing import Listing, SortColumn
from project.files.query import FileQuery
from project.files.view import Origin


def test_an_address_without_parameters_asks_for_all_files_the_last_changed_first():
    assert FileQuery.parse({}).listing == Listing()
    assert FileQuery.parse({}).arguments == {}


def test_an_address_is_what_it_was_read_from():
    values = {"q": "plays", "show": "result", "sort": "name", "page": "3"}
    query = FileQuery.parse(values)
    assert query.arguments == {**values, "page": 3}
    assert query.listing == Listing("plays", Origin.RESULT, False, SortColumn.NAME, False, 100, 50)


def test_the_trash_has_the_last_deleted_first_unless_told_otherwise():
    assert FileQuery.parse({"show": "deleted"}).listing.sort is SortColumn.DELETED
    query = FileQuery.parse({"show": "deleted", "sort": "-modified"})
    assert query.listing == Listing(is_trash=True) and "-deleted" in query.orders
    assert query.shown("") == {}


def test_a_column_is_turned_round_by_its_second_click():
    query = FileQuery.parse({"page": "2"})
    assert query.sorted_by("-size") == {"sort": "-size"}
    assert query.sorted_by("-modified") == {"sort": "modified"}
    assert FileQuery.parse({"sort": "modified"}).direction("-modified") == "ascending"
    assert (query.direction("-modified"), query.direction("name")) == ("descending", "")


@pytest.mark.parametrize("name, value", [("sort", "x"), ("sort", "-"), ("page", "0"), ("page", "٣"), ("show", "x")])
def test_what_makes_no_sense_is_refused_with_its_name(name, value):
    with pytest.raises(InvalidInputError) as caught:
        FileQuery.parse({name: value})
    assert caught.value.field == name
