"""Threads: work on many items at once, with the results in the items' order and few of them held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from project.engine.parts import in_turn
from project.engine.parts import threads as executor_of

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """`work` of each item, in order, at most `threads` + 1 of them under way or waiting to be taken."""
    if threads < 2:
        yield from map(work, items)
        return
    with executor_of(threads) as executor:
        yield from in_turn(work, items, executor, threads)
