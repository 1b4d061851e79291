"""Whether a recipe can be carried out on records as bytes, and what it needs for that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from project.engine import survey
from project.engine.carried import Carried
from project.engine.chain import Chain, Link
from project.engine.checked import CheckedInput
from project.engine.collect import CollectBudget, collect_texts
from project.engine.compiled import is_worth_compiling
from project.engine.dialect import Dialect
from project.engine.lookup import Lookup
from project.engine.numbers import is_small
from project.engine.recordkey import RecordKey
from project.engine.recordmatch import RecordMatch
from project.engine.records import RecordReader
from project.engine.table import Table
from project.operations.columns import Columns, Kind
from project.operations.filter import Filter
from project.operations.names import find
from project.operations.reading import reads_numbers
from project.operations.sort import Sort


def carried(
    links: Sequence[Link],
    checked: CheckedInput,
    dialect: Dialect,
    table: Table,
    budget: CollectBudget,
    on_read: Callable[[int], None] = lambda read: None,
) -> Carried | None:
    """The work of all steps as one on records; None where it cannot be, or is not worth it.

    `budget`: of the texts of a sort's columns, which are collected where the check has not done so; `on_read` hears of
    the bytes that are read for that.
    """
    sort = links[-1] if links and isinstance(links[-1].step, Sort) else None
    has_match = bool(links) and _can_match(links[-1])
    filters = links[:-1] if sort is not None or has_match else links
    if not checked.kept or any(not isinstance(link.step, Filter) for link in filters):
        return None
    if not is_worth_compiling(checked.cuts[-1] - checked.cuts[0]):
        return None
    key = (
        _key(sort, checked, lambda names: collect_texts(checked, dialect, names, budget, on_read))
        if sort is not None
        else None
    )
    if sort is not None and key is None:
        return None
    match = _match(links[-1]) if has_match else None
    columns = _looked_at(filters)
    return Carried(
        reader=RecordReader(checked, dialect, table, columns, key or (match and match[1])),
        kept=checked.kept,
        filters=Chain(tuple(replace(link, columns=columns) for link in filters)),
        sort=sort,
        note="Records are handed on as they are: only what the steps look at is read.",
        match=match,
    )


def _can_match(link: Link) -> bool:
    """Whether the step matches records with a table in memory, and none of them more than a few."""
    other = link.other
    if not isinstance(other, Lookup) or other.multiplies:
        return False
    return other.matching.step.matched_twice != "fail" or other.most <= 1


def _match(link: Link) -> tuple[Link, RecordMatch]:
    assert isinstance(link.other, Lookup)
    return link, RecordMatch.of(link.other)


def _looked_at(filters: Sequence[Link]) -> Columns:
    """The columns that the filters read; as integers where nothing reads them as texts, and they are."""
    used = {name for link in filters for name in link.step.uses()}
    texts = {name for link in filters for name in link.step.texts()}
    return tuple(
        replace(column, kind=Kind.INTEGER) if column.name not in texts and is_small(column.numbers) else column
        for column in (filters[0].columns if filters else ())
        if column.name in used
    )


def _key(
    sort: Link, checked: CheckedInput, collect: Callable[[Sequence[str]], dict[str, tuple[bytes, ...]] | None]
) -> RecordKey | None:
    """The key that the sort's columns make; None where some of them cannot be part of one."""
    assert isinstance(sort.step, Sort)
    texts, bounds = [], {}
    for key in sort.step.by:
        column = find(sort.columns, key.column)
        if not reads_numbers(column, key.compare):
            texts.append(key.column)
        elif is_small(column.numbers):
            bounds[key.column] = 10 ** checked.numbers[key.column][survey.N_WHOLE_DIGITS]
        else:
            return None
    found = checked.texts if checked.texts is not None and set(texts) <= set(checked.texts) else None
    if found is None:
        found = collect(texts)
    if found is None:
        return None
    orders = [(key.column, key.descending) for key in sort.step.by]
    return RecordKey.made(orders, {name: found[name] for name in texts}, bounds)
