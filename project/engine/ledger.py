"""The ledger: the counts that must balance before a result may be published."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from project.errors import LedgerError


class StepCounts(BaseModel):
    """One step's rows: rows_in = rows_out + filtered + merged - added."""

    model_config = ConfigDict(frozen=True)

    operation: str
    rows_in: int
    rows_out: int
    filtered: int = 0
    merged: int = 0
    added: int = 0


def account_of(read: int, kept: int, rejected: int, blank: int) -> str:
    """In words: `4 records: 2 kept, 1 rejected, 1 blank`."""
    return f"{read:,} records: {kept:,} kept, {rejected:,} rejected, {blank:,} blank"


class TableCounts(BaseModel):
    """The records of another table that a step (from 1 on) matches rows with: read = kept + rejected + blank."""

    model_config = ConfigDict(frozen=True)

    step: int
    name: str
    read: int
    kept: int
    rejected: int = 0
    blank: int = 0

    @property
    def sentence(self) -> str:
        """Without its full stop."""
        return account_of(self.read, self.kept, self.rejected, self.blank)


class Ledger(BaseModel):
    """Records read = kept + rejected + blank; then step by step down to the rows written."""

    model_config = ConfigDict(frozen=True)

    read: int
    kept: int
    rejected: int
    blank: int
    steps: tuple[StepCounts, ...] = ()
    written: int
    tables: tuple[TableCounts, ...] = ()
    """Of the other tables that steps match rows with."""

    def check(self) -> None:
        """Raise LedgerError naming the first line that does not balance."""
        if self.read != self.kept + self.rejected + self.blank:
            raise LedgerError(
                f"The ledger does not balance: {self.read:,} records read, but {self.kept:,} kept, "
                f"{self.rejected:,} rejected and {self.blank:,} blank."
            )
        for table in self.tables:
            if table.read != table.kept + table.rejected + table.blank:
                raise LedgerError(
                    f"The ledger does not balance: {table.read:,} records of “{table.name}” read, but "
                    f"{table.kept:,} kept, {table.rejected:,} rejected and {table.blank:,} blank."
                )
        rows = self.kept
        for number, step in enumerate(self.steps, 1):
            if step.rows_in != rows or step.rows_in != step.rows_out + step.filtered + step.merged - step.added:
                raise LedgerError(
                    f"The ledger does not balance at step {number} ({step.operation}): {rows:,} rows before it, "
                    f"{step.rows_in:,} in, {step.rows_out:,} out, {step.filtered:,} filtered, "
                    f"{step.merged:,} merged, {step.added:,} added."
                )
            rows = step.rows_out
        if rows != self.written:
            told = f"{rows:,} rows left the last step, {self.written:,} were written"
            raise LedgerError(f"The ledger does not balance: {told}.")
