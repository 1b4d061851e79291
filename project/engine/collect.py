"""Collecting the different texts of columns in a pass of its own, where the structural check has not done so."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.engine.feed import read_range
from project.engine.keytable import KeyTable, texts_of
from project.engine.scanner import Scanner
from project.engine.threads import in_order


@dataclass(frozen=True)
class CollectBudget:
    """About how many bytes the texts may take, and in how many threads they are collected."""

    size: int
    threads: int


def collect_texts(
    checked: CheckedInput,
    dialect: Dialect,
    names: Sequence[str],
    budget: CollectBudget,
    on_read: Callable[[int], None] = lambda read: None,
) -> dict[str, tuple[bytes, ...]] | None:
    """For each column its different texts in order; None if they would take too much. `on_read`: bytes read so far."""
    if not names:
        return {}
    columns = [dialect.columns.index(name) for name in names]
    clean = dialect.model_copy(update={"quote": checked.quote, "comment": "", "escape": ""})
    descriptor = os.open(checked.path, os.O_RDONLY | os.O_CLOEXEC)
    idle: deque[tuple[Scanner, KeyTable]] = deque()
    tables: list[KeyTable] = []

    def collector() -> tuple[Scanner, KeyTable]:
        scanner, table = Scanner(clean, {}, -1), KeyTable.collecting(columns, budget.size // (budget.threads + 1))
        scanner.take(table)
        tables.append(table)
        return scanner, table

    def collect(piece: int) -> bool:
        start, end = checked.cuts[piece : piece + 2]
        data = read_range(descriptor, start, end - start)
        checked.hold(start, data)
        scanner, table = idle.popleft() if idle else collector()
        scanner.scan(data, 0, len(data), final=True, emit=False)
        idle.append((scanner, table))
        return not table.gave_up

    try:
        for piece, has_room in enumerate(in_order(collect, range(len(checked.cuts) - 1), budget.threads), 1):
            if not has_room:
                return None
            on_read(checked.cuts[piece])
    finally:
        os.close(descriptor)
    return texts_of(tables, names)
