"""Facts: what of a check serves which later job."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.engine.dialect import Dialect
from project.engine.facts import Facts, are_known, coarser, may_use, surveyed
from project.operations.columns import Use
from project.operations.recipe import Recipe

GOOD, BAD = (5, 0, 0, 3, 0, 0, 0, 0), (3, 1, 4, 0, 0, 0, 0, 0)


def facts(range_bytes: int = 1000, cuts: tuple[int, ...] = (0, 1000), **numbers: tuple[int, ...]) -> Facts:
    return Facts(
        checked_on=date(2026, 11, 22),
        records=10,
        range_bytes=range_bytes,
        cuts=cuts,
        seals=tuple(range(len(cuts) - 1)),
        quote='"',
        numbers=numbers,
    )


@pytest.mark.parametrize(
    ("uses", "known"),
    [
        ({}, True),
        ({"a": Use.TEXT, "other": Use.TEXT}, True),
        ({"a": Use.AUTO, "b": Use.AUTO}, True),
        ({"a": Use.NUMBER}, True),
        ({"b": Use.NUMBER}, False),
        ({"other": Use.AUTO}, False),
        ({"a": Use.NUMBER, "other": Use.NUMBER}, False),
    ],
)
def test_every_column_must_be_known_for_its_use(uses: dict[str, Use], known: bool) -> None:
    assert are_known(facts(a=GOOD, b=BAD), uses) is known


@pytest.mark.parametrize("range_bytes", [999, 1000, 1001])
def test_pieces_must_not_be_larger_than_the_budget_allows(range_bytes: int) -> None:
    dialect = Dialect(encoding="UTF-8", columns=("a", "b"))
    assert may_use(facts(), Recipe(), dialect, range_bytes) is (range_bytes >= 1000)


@pytest.mark.parametrize(("escape", "numbers", "used"), [("", GOOD, False), ("", BAD, False), ("\\", GOOD, True)])
def test_a_pass_that_is_the_work_is_made(escape: str, numbers: tuple[int, ...], used: bool) -> None:
    measure = {"function": "sum", "column": "a", "as": "total"}
    recipe = Recipe.parse({"steps": [{"operation": "aggregate", "group_by": ["b"], "measures": [measure]}]})
    dialect = Dialect(encoding="UTF-8", escape=escape, columns=("a", "b"))
    assert may_use(facts(a=numbers), recipe, dialect, 1000) is used


def test_what_was_known_of_other_columns_stays_known() -> None:
    found = facts(a=GOOD, b=GOOD).and_of(facts(b=BAD, c=BAD))
    assert found.numbers == {"a": GOOD, "b": GOOD, "c": BAD}


@pytest.mark.parametrize("is_earlier", [True, False])
def test_the_finer_cuts_stay(is_earlier: bool) -> None:
    fine, coarse = facts(500, (0, 510, 1000)), facts(1000, (0, 1000))
    found = coarse.and_of(fine) if is_earlier else fine.and_of(coarse)
    assert (found.range_bytes, found.cuts, found.seals) == (500, (0, 510, 1000), (0, 1))


def test_few_columns_are_all_looked_at() -> None:
    assert surveyed({"b": Use.NUMBER, "c": Use.TEXT}, ("a", "b", "c")) == {
        "a": Use.AUTO,
        "b": Use.NUMBER,
        "c": Use.AUTO,
    }
    many = tuple(f"column {number}" for number in range(17))
    assert surveyed({"column 3": Use.NUMBER}, many) == {"column 3": Use.NUMBER}


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 1000))
def test_coarser_cuts_are_some_of_the_cuts_and_no_coarser_than_they_may_be(sizes: list[int], most: int) -> None:
    cuts = [7]
    for size in sizes:
        cuts.append(cuts[-1] + size)
    found = coarser(cuts, most)
    assert set(found) <= set(cuts) and (found[0], found[-1]) == (cuts[0], cuts[-1])
    assert list(found) == sorted(set(found))
    for before, after in pairwise(found):
        assert after - before <= most or after == cuts[cuts.index(before) + 1]
    for before, after in pairwise(found[::2]):
        # Two pieces that could be one are one.
        assert after - before > most
