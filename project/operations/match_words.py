"""What stops a step that matches rows, in words: the same from a trial and from the job itself; pure."""

from __future__ import annotations

from collections.abc import Sequence

from project.operations.names import listed

_SHOWN = 100


def shown_key(key: Sequence[str]) -> str:
    """A key for people: “abc”, or “abc” with “7”; long texts are cut."""
    return " with ".join(f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”" for text in key)


def matches_several(key: Sequence[tuple[str, str]], table: str, first: int, second: int) -> str:
    """With “twice” set to “fail”. `key`: left columns with their texts; two rows of `table`, which is in quotes."""
    pairs = listed([f"{column} = “{text}”" for column, text in key])
    return (
        f"A row with {pairs} matches several rows of {table}, the first of them rows {first:,} and {second:,}, and "
        "the step is to fail then. Mend them, or let it take the first, or all."
    )


def too_many_rows(step: str, most_rows: int) -> str:
    """Where a step has a limit, and gives more. `step`: its title."""
    return (
        f"{step} gives more than {most_rows:,} rows, the step's most_rows: nothing more was written. "
        "Raise it, or let a row match only the first of several."
    )
