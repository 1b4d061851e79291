"""The works: what is done with a file, as recipes of ours. The peers have theirs under the same names."""

from __future__ import annotations

from typing import Any

Steps = list[dict[str, Any]]


def _sums(*keys: str) -> Steps:
    measure = {"function": "sum", "column": "Number of Plays", "as": "Total"}
    return [
        {"operation": "aggregate", "group_by": list(keys), "measures": [measure]},
        {"operation": "sort", "by": list(keys)},
    ]


def _above(column: str, value: int) -> Steps:
    return [{"operation": "filter", "where": [{"column": column, "test": "gt", "value": value}]}]


INSPECT = "inspect"
"""The columnar copy of a file, and with it what is in each column; that is no recipe."""

RECIPES: dict[str, Steps] = {
    "total": _sums("Song", "Date"),
    "by-date": _sums("Date"),
    "sort": [{"operation": "sort", "by": ["Song", "Date"]}],
    "filter": _above("Number of Plays", 900),
    "wide": _above("c150", 500),
    "copy": [],
    "join": [
        {
            "operation": "join",
            "file": "songs.csv",
            "on": [{"left": "Song", "right": "Song"}],
            "columns": ["Artist", "Year"],
        }
    ],
}
