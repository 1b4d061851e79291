"""Columns that are read as places in dictionaries are those that a plain reader reads."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from project.engine.inspection import placing

if TYPE_CHECKING:
    from conftest import Inspect


def lines(rows: int, odd: Callable[[int], str] = lambda n: "x") -> str:
    """Few and many different values, missing, empty and quoted ones; `odd` gives the last column."""
    dice = random.Random(3)
    words = ["", '""', "word", "ünïcode", '"with, comma"', '"two\nlines"', "a longer text than twelve bytes"]
    made = (f"{dice.choice(words)},{dice.randrange(300)},id {n * 7919 % 1_000_003},{odd(n)}\n" for n in range(rows))
    return "word,number,id,odd\n" + "".join(made)


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many columns of each piece were placed; pieces are of 64 KB, and files that small are compiled for."""
    found: list[int] = []
    read = placing.PlaceReader.read

    def counting(self: placing.PlaceReader, number: int, counted: tuple[str, ...]) -> object:
        frame, pieces = read(self, number, counted)
        found.append(len(pieces))
        return frame, pieces

    monkeypatch.setattr("project.engine.compiled.WORTH_COMPILING_BYTES", 0)
    monkeypatch.setattr("project.engine.budget.range_bytes", lambda memory_mb: 64 * 1024)
    monkeypatch.setattr(placing.PlaceReader, "read", counting)
    return found


ODD: list[tuple[Callable[[int], str], int, set[int]]] = [
    (lambda n: "x", 64 * 1024 * 1024, {4}),
    # A quote within a text is not undone by the scanner.
    (lambda n: '"a ""b"" c"' if n == 20_000 else "x", 64 * 1024 * 1024, {0, 4}),
    (lambda n: '"a ""b"" c"', 64 * 1024 * 1024, {0}),
    # The identifiers are too many for their dictionary.
    (lambda n: "", 1024 * 1024, {0, 3}),
]


@pytest.mark.parametrize(("odd", "size", "columns"), ODD, ids=["plain", "one quote", "quotes", "little room"])
def test_it_is_as_if_nothing_was_placed(
    inspect: Inspect,
    placed: list[int],
    monkeypatch: pytest.MonkeyPatch,
    odd: Callable[[int], str],
    size: int,
    columns: set[int],
) -> None:
    monkeypatch.setattr("project.engine.budget.key_bytes", lambda memory_mb: size)
    data = lines(30_000, odd)
    found = inspect(data)
    assert set(placed) == columns
    monkeypatch.setattr("project.engine.inspection.inspect.is_worth_compiling", lambda size: False)
    plain = inspect(data)
    assert found.data.equals(plain.data)
    assert found.profile == plain.profile


def test_a_single_column_is_placed_too(inspect: Inspect, placed: list[int]) -> None:
    values = [str(n % 7) for n in range(400_000)]
    found = inspect("a\n" + "\n".join(values))
    assert set(placed) == {1}
    assert found.data["a"].to_list() == values
    assert found["a"].distinct == 7
