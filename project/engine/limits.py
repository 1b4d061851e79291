"""Limits of what a job may write, each with a sentence that tells whether a person or the disk drew it."""

from __future__ import annotations

from dataclasses import dataclass

from project.engine.disk import ADVICE
from project.errors import DiskFullError, FailureError, LimitError
from project.operations.match_words import too_many_rows

_MB = 1024 * 1024


@dataclass(frozen=True)
class Limit:
    """`what` may take so many megabytes (1024 * 1024 bytes); `is_set`: the setting says so, else the disk's room."""

    what: str
    setting: str
    megabytes: int
    is_set: bool = True

    @property
    def bytes(self) -> int:
        """The same in bytes."""
        return self.megabytes * _MB

    def check(self, size: int) -> None:
        """Raise LimitError, or DiskFullError where nobody has set a limit, if that many bytes pass it."""
        if size <= self.bytes:
            return
        if self.is_set:
            raise LimitError(
                f"The {self.what} would pass {self.megabytes:,} MB, the limit of the setting {self.setting}."
            )
        raise DiskFullError(
            f"The disk is too full: the {self.what} would pass the {self.megabytes:,} MB that could be spared for one "
            f"job when its attempt began. {ADVICE} Or set {self.setting}."
        )


@dataclass(frozen=True)
class RowLimit:
    """How many rows a step may give."""

    step: str
    rows: int

    def check(self, rows: int) -> None:
        """Raise FailureError if so many rows are more."""
        if rows > self.rows:
            raise FailureError(too_many_rows(self.step, self.rows), code="too_many_rows")


def spill_limit(megabytes: int, is_set: bool = True) -> Limit:
    """Of what is there only while a job runs."""
    return Limit("job's temporary files", "ENGINE_SPILL_MB", megabytes, is_set)


def output_limit(megabytes: int, is_set: bool = True) -> Limit:
    """Of what a job leaves."""
    return Limit("result", "ENGINE_OUTPUT_MB", megabytes, is_set)
