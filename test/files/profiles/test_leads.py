"""What leads from a number to its rows meets exactly as many rows as the number says."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from project.engine.inspection.profile import Bin, Frequent, Shape
from project.files.profiles import leads
from project.operations.conditions import Condition

_CHOICE = random.Random(5)
_DAY, _MOMENT = date(2024, 1, 1), datetime(2024, 1, 1)
COLUMNS = {
    "integer": [str(_CHOICE.randrange(-50, 900)) for _ in range(400)],
    "decimal": [f"{_CHOICE.uniform(-3, 80):.2f}" for _ in range(400)],
    "float": [f"{_CHOICE.gauss(0, 1) * 1e-3:.6e}" for _ in range(400)],
    "date": [str(_DAY + timedelta(days=_CHOICE.randrange(700))) for _ in range(400)],
    "until": [_CHOICE.choice(["9999-12-31", "2024-01-01", "2030-06-01"]) for _ in range(400)],
    "date-time": [str(_MOMENT + timedelta(minutes=_CHOICE.randrange(90_000))) for _ in range(400)],
    "zoned": [(_MOMENT + timedelta(hours=_CHOICE.randrange(90))).isoformat() + "Z" for _ in range(400)],
    "stamps": [
        (_MOMENT + timedelta(milliseconds=_CHOICE.randrange(90))).isoformat("T", "milliseconds") + "Z"
        for _ in range(400)
    ],
    "gaps": [_CHOICE.choice(["", "1", "2", "3"]) for _ in range(400)],
}


def meets(text: str, condition: Condition) -> bool:
    """The plain meaning of a condition."""
    if condition.test == "missing":
        return text == ""
    if text == "":
        return False
    (wanted,) = condition.values
    left, right = (text, wanted) if isinstance(wanted, str) else (Decimal(text), Decimal(repr(wanted)))
    found = {"eq": left == right, "ge": left >= right, "lt": left < right, "le": left <= right}
    return found[condition.test]


def rows(where: str | None, texts: list[str]) -> int:
    conditions = [Condition.model_validate(each) for each in json.loads(where)]
    return sum(all(meets(text, condition) for condition in conditions) for text in texts)


def test_every_bar_and_every_value_leads_to_its_rows(inspect) -> None:
    _, profile = inspect(list(COLUMNS), list(zip(*COLUMNS.values(), strict=True)))
    shapes = {column.name: column.shape for column in profile.columns}
    assert [*shapes.values()] == ["integer", "decimal", "float", "date", "date", *["date-time"] * 3, "integer"]
    for column in profile.columns:
        texts = COLUMNS[column.name]
        bins = column.histogram.bins
        assert len(bins) > 2 and sum(bin.count for bin in bins) == column.values
        for bin in bins:
            where = leads.to_bin(column, bin, is_last=bin is bins[-1])
            assert (where is None) == (bin.count == 0)
            assert where is None or rows(where, texts) == bin.count, (column.name, bin)
        for each in column.top:
            assert rows(leads.to_value(column, each), texts) == each.count
    gaps = profile.columns[-1]
    assert rows(leads.to_missing(gaps), COLUMNS["gaps"]) == gaps.missing == COLUMNS["gaps"].count("")


def test_a_value_that_was_cut_leads_to_those_that_begin_so(column) -> None:
    cut = leads.to_value(column(shape=Shape.TEXT), Frequent(value="x" * 200, count=1, length=500))
    assert json.loads(cut) == [{"column": "a", "test": "starts_with", "value": "x" * 200}]


def test_what_is_not_there_leads_nowhere(column) -> None:
    assert leads.to_missing(column()) is None and leads.to_empty(column()) is None
    assert json.loads(leads.to_empty(column(empty=2))) == [{"column": "a", "test": "eq", "value": ""}]
    assert leads.to_missing(column(name="x" * 10_000, missing=1)) is None


@pytest.mark.parametrize(
    "texts",
    [["2024-01-01 00:00", "2024-01-01T00:00"], ["2024-01-01 00:00+02:00"], ["1. May 2024"], ["2024-01-01 00:00Z"], []],
)
def test_times_that_are_not_in_order_as_texts_lead_nowhere(column, texts) -> None:
    top = tuple(Frequent(value=text, count=1, length=len(text)) for text in texts)
    times = column(shape=Shape.DATE_TIME, top=top, longest=17)
    assert (
        leads.to_bin(times, Bin(low="2024-01-01 00:00:00", high="2024-01-02 00:00:00", count=1), is_last=True) is None
    )


def test_a_border_that_no_number_of_an_address_can_hold_leads_nowhere(column) -> None:
    wide = Bin(low="0.1234567890123456789", high="1", count=1)
    assert leads.to_bin(column(shape=Shape.DECIMAL), wide, is_last=False) is None
