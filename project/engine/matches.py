"""What a trial has found out about a match of rows with another table, before anything is written."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from project.operations.match import Ignore


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Double(_Value):
    """A key that stands in several rows of one side."""

    key: tuple[str, ...]
    rows: int


class Side(_Value):
    """One side's rows by their keys. `missing`: rows with a missing value in their key, which match nothing."""

    name: str
    rows: int
    keys: int
    """Different keys, missing ones not among them."""
    missing: int = 0
    double_keys: int = 0
    """Keys of several rows."""
    doubles: tuple[Double, ...] = ()
    """The ten with most rows."""


class NearMiss(_Value):
    """Keys that match nothing, but would without regard to this; examples are the keys of left and right."""

    ignore: Ignore
    keys: int
    rows: int
    """Of the left side."""
    examples: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()


class MatchReport(_Value):
    """What comes of the match. All counts are exact."""

    step: int
    left: Side
    right: Side
    matched_keys: int
    """Different keys of the left side that the right one has."""
    matched_rows: int
    """Rows of the left side that match."""
    rows_out: int
    """Rows that the step would give, as it stands."""
    would_fail: str = ""
    """The sentence with which the step would fail as it stands (double keys, more rows than allowed), or ""."""
    near: tuple[NearMiss, ...] = ()
    unmatched: tuple[tuple[str, ...], ...] = ()
    """Ten keys of the left side that match nothing."""


class Sample(_Value):
    """Some rows as they would come out: of the key's column, and of the columns that are brought."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


class CallReport(_Value):
    """What the calls of a trial have come to, and what the whole file would need."""

    keys: int | None = None
    """Different keys of the file; None for a list."""
    answered: int
    """Of them answered in the journal already, also by this trial; of a list, its pages."""
    called: int
    """Calls that this trial made."""
    matched: int
    """Keys of this trial that have a record; of a list, its records."""
    failures: tuple[str, ...] = ()
    """What the API said, the first few."""
    left: int | None = None
    """Calls that the whole file still needs; None if nobody can know (the rest of a list)."""
    seconds_left: float | None = None
    cost_left: str | None = None
    sentences: tuple[str, ...] = ()
    """What people should know besides."""


class TrialReport(_Value):
    """All that a trial has found out. `match` is None where too few answers are there to count by."""

    match: MatchReport | None = None
    calls: CallReport | None = None
    sample: Sample | None = None
