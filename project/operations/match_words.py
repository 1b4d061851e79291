"""What stops a step that matches rows, in words: the same sentence from a trial and from the job itself; pure."""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN = 100


def shown_key(key: Sequence[str]) -> str:
    """A key for people: “abc”, or “abc” and “7”; long texts are cut."""
    return " and ".join(f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”" for text in key)


def matches_several(table: str, key: Sequence[str]) -> str:
    """With “twice” set to “fail”: a row matches more than one."""
    return (
        f"“{table}” has several rows for the key {shown_key(key)}, and the step allows one a key: take the first of "
        "them or all of them, or remove the others first."
    )


def too_many_rows(most_rows: int) -> str:
    """With a limit: the step gives more rows."""
    return f"The step would give more than {most_rows:,} rows, the limit that it has (“most_rows”)."
