"""Lines the steps of a recipe up into stages: a step that needs all rows, what goes before it, what can follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from project.engine.chain import Chain, Count, Link
from project.engine.stage import Stage
from project.engine.table import Names, Table
from project.engine.targets import Target, ToNextStage
from project.engine.ways import Budget, Told
from project.operations.aggregate import Aggregate
from project.operations.expressions import named
from project.operations.match import Match
from project.operations.sort import Order, Sort

if TYPE_CHECKING:
    from project.engine.coded import CodedAggregate


def next_stage(
    table: Table, counted: Count, links: Sequence[Link], last: Target, budget: Budget, told: Told
) -> tuple[Stage, list[Link]]:
    """The stage up to the first step that needs all rows, with what can follow part by part; and the steps behind."""
    at = next(number for number, link in enumerate(links) if link.needs_all_rows)
    link = links[at]
    end = at + 1
    orders = _orders(link)
    is_sorted = isinstance(link.step, Sort)
    while end < len(links):
        follower = links[end]
        if follower.needs_all_rows:
            by = () if is_sorted or isinstance(link.step, Match) else _orders_of_groups(link, follower)
            if not by:
                break
            orders, is_sorted = by, True
        end += 1
    first = Chain(tuple(links[:at]))
    kept = _read_by(link) or table.names[:1]
    loaded = table.names if isinstance(link.step, Sort | Match) else _together(table, first, kept)
    stage = _kind_of(link)(
        table=table,
        source=counted,
        first=first,
        link=link,
        then=tuple(links[at + 1 : end]),
        orders=orders,
        loaded=loaded,
        kept=kept,
        budget=_kept_of(links[end:], budget),
        told=told,
        target=_target(links[end:], last, budget),
    )
    return stage, list(links[end:])


def _kind_of(link: Link) -> type[Stage]:
    if isinstance(link.step, Match):
        # Others need not wait for numpy.
        from project.engine.matchstage import MatchStage

        return MatchStage
    return Stage


def coded_stage(
    coded: CodedAggregate, counted: Count, links: Sequence[Link], last: Target, budget: Budget, told: Told
) -> tuple[Stage, list[Link]]:
    """The stage of the coded aggregate, with what can follow part by part; and the steps behind."""
    told.note(coded.note)
    end = coded.steps
    while end < len(links) and not links[end].needs_all_rows:
        end += 1
    stage = Stage(
        table=coded.table,
        source=counted,
        first=Chain(),
        link=coded.link,
        then=(coded.decode, *links[coded.steps : end]),
        orders=(coded.order,),
        loaded=coded.table.names,
        kept=coded.table.names,
        budget=_kept_of(links[end:], budget),
        told=told,
        target=_target(links[end:], last, budget),
    )
    return stage, list(links[end:])


def _kept_of(rest: Sequence[Link], budget: Budget) -> Budget:
    """What is kept for another attempt are the parts of the result."""
    return replace(budget, journal=None) if rest else budget


def _target(rest: Sequence[Link], last: Target, budget: Budget) -> Target:
    """The result's, where no step is left."""
    return ToNextStage(budget.spill) if rest else last


def _orders(link: Link) -> tuple[Order, ...]:
    """By what the rows before a step may be spread, where nothing behind it asks for an order; not of a match."""
    if isinstance(link.step, Match):
        return ()
    if isinstance(link.step, Sort):
        return tuple(link.step.orders(link.columns))
    assert isinstance(link.step, Aggregate)
    return tuple(Order(name, named(name)) for name in link.step.group_by)


def _orders_of_groups(aggregate: Link, follower: Link) -> tuple[Order, ...]:
    """By what the rows before an aggregate may be spread so that the sort behind it can be done within each part.

    These are the sort's leading columns that are columns of the group: empty if a measure leads.
    """
    assert isinstance(aggregate.step, Aggregate)
    if not isinstance(follower.step, Sort):
        return ()
    leading: list[Order] = []
    for order in follower.step.orders(follower.columns):
        if order.column not in aggregate.step.group_by:
            break
        leading.append(order)
    return tuple(leading)


def _read_by(link: Link) -> Names:
    """The columns that a step reads; a sort and a match pass all of them on."""
    if isinstance(link.step, Sort | Match):
        return tuple(column.name for column in link.columns)
    return tuple(link.step.uses())


def _together(table: Table, first: Chain, kept: Names) -> Names:
    """The columns that the first steps read or that are kept, in the table's order."""
    wanted = {*kept, *(name for link in first.links for name in link.step.uses())}
    return tuple(name for name in table.names if name in wanted)
