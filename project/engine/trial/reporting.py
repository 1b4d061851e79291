"""The report: what the comparison comes to under the step as it stands; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from project.engine.matches import Double, MatchReport, NearMiss, Side
from project.engine.trial.compared import Compared, Key, Keys, Near
from project.engine.trial.shown import shown
from project.operations.match import Ignore, Match
from project.operations.match_words import matches_several, too_many_rows


@dataclass(frozen=True)
class Rows:
    """One side's name and rows; `missing`: those without a whole key."""

    name: str
    rows: int
    missing: int


def match_report(
    place: int, step: Match, left: Rows, right: Rows, found: Compared, numbers: Callable[[Key], tuple[int, ...]]
) -> MatchReport:
    """Of the step at that place of the recipe. `numbers`: of the first two rows of the other table with a key."""
    rows = rows_out(step, left.rows, found)
    return MatchReport(
        step=place,
        left=_side(left, found.left),
        right=_side(right, found.right),
        matched_keys=found.matched_keys,
        matched_rows=found.matched_rows,
        rows_out=rows,
        would_fail=_failure(step, rows, right.name, found, numbers),
        near=tuple(_near(kind, near) for kind, near in found.near.items() if near.keys),
        unmatched=tuple(_shown(key) for _, key in found.unmatched.found),
    )


def rows_out(step: Match, rows: int, found: Compared) -> int:
    """How many rows the step gives of so many; where it would fail at a key of several rows, one for each."""
    matched = found.pairs if step.matched_twice == "all" else found.matched_rows
    unmatched = rows - found.matched_rows
    return {"left": matched + unmatched, "inner": matched, "semi": found.matched_rows, "anti": unmatched}[step.how]


def _failure(step: Match, rows: int, table: str, found: Compared, numbers: Callable[[Key], tuple[int, ...]]) -> str:
    if step.matched_twice == "fail" and found.several:
        worst = found.several[0]
        key = [(pair.left, shown(text)) for pair, text in zip(step.pairs, worst.key, strict=True)]
        first, second = numbers(worst.compared)
        return matches_several(key, f"“{table}”", first, second)
    if step.most_rows is not None and rows > step.most_rows:
        return too_many_rows(step.title, step.most_rows)
    return ""


def _side(rows: Rows, found: Keys) -> Side:
    return Side(
        name=rows.name,
        rows=rows.rows,
        keys=found.keys,
        missing=rows.missing,
        double_keys=found.double,
        doubles=tuple(Double(key=_shown(key), rows=count) for count, key in found.doubles.found),
    )


def _near(kind: Ignore, near: Near) -> NearMiss:
    examples = tuple((_shown(key), _shown(near.partners[key])) for _, key in near.examples.found)
    return NearMiss(ignore=kind, keys=near.keys, rows=near.rows, examples=examples)


def _shown(key: Key) -> Key:
    return tuple(map(shown, key))
