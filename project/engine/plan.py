"""The plan that the supervisor hands to the engine, as JSON on disk in the attempt's folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from project.engine.dialect import DialectChoice
from project.engine.ledger import TableCounts
from project.engine.limits import Limit, output_limit, spill_limit
from project.operations.columns import Use
from project.operations.recipe import Recipe

PLAN_FILE = "plan.json"
RESULT_FILE = "result.csv"
REJECTS_FILE = "rejects.csv"
# What an inspection leaves in place of a result; the partial profile tells, while it runs, of what was read so far.
DATA_FILE = "data.parquet"
TRIAL_FILE = "trial.json"
PROFILE_FILE = "profile.json"
PARTIAL_PROFILE_FILE = "profile.partial.json"
SPOOL_FILE = "spool.csv"
# The checkpoints: what of the check and of the result is finished for good, what is as long as the machine runs, and
# what the parts are that the rows were spread over.
CHECKED_FILE = "checked.json"
WRITTEN_FILE = "written.json"
NOTED_FILE = "noted.json"
SPREAD_FILE = "spread.json"
SPILL_FOLDER = "spill"
# The input's second name in the attempt's folder, where the file system knows such names.
PINNED_INPUT = "input"
_KEPT_FILES = frozenset({CHECKED_FILE, WRITTEN_FILE, NOTED_FILE, SPREAD_FILE, SPOOL_FILE, REJECTS_FILE, RESULT_FILE})


def kept_files(folder: Path) -> frozenset[str]:
    """What of an attempt's folder is of use to the next attempt; its parts only if all of them are there."""
    return _KEPT_FILES | {SPILL_FOLDER} if (folder / SPREAD_FILE).exists() else _KEPT_FILES


class Inspected(BaseModel):
    """What an inspection has told of the file that its columnar copy stands for; `dialect`: in words."""

    model_config = ConfigDict(frozen=True)

    dialect: str
    records: int
    rejected: int
    blank: int


class StepTable(BaseModel):
    """The other table of a step that matches rows: a file of the workspace, or the answers of an API.

    `columnar`: the path leads to a Parquet file of texts (an inspection's copy, or answers), in which nothing has to be
    checked any more; else to a file as it is, read by its dialect.
    """

    model_config = ConfigDict(frozen=True)

    step: int = Field(ge=0)
    """The step's place in the recipe, from 0 on."""
    path: Path
    name: str
    """For people."""
    columnar: bool = False
    inspected: Inspected | None = None
    """Where the path leads to an inspection's copy: the records that it lacks belong into the ledger all the same."""
    dialect: DialectChoice = DialectChoice()

    def counts_of_copy(self, rows: int) -> TableCounts:
        """For the ledger, of a columnar table of so many rows."""
        found = self.inspected
        return self.counts(found.records, rows, found.rejected, found.blank) if found else self.counts(rows, rows)

    def counts(self, read: int, kept: int, rejected: int = 0, blank: int = 0) -> TableCounts:
        """For the ledger, in which steps are numbered from 1 on."""
        return TableCounts(step=self.step + 1, name=self.name, read=read, kept=kept, rejected=rejected, blank=blank)


class Plan(BaseModel):
    """All that one attempt needs. `folder` is the attempt's own: spill, result and rejects appear only there."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    attempt: int = Field(ge=1)
    input: Path
    input_name: str
    folder: Path
    earlier: Path | None = None
    """The folder of an earlier attempt that left a checkpoint, if there is one; it is only read."""
    facts: Path | None = None
    """The folder in which checks of files are remembered across jobs, if they are; made when needed."""
    recipe: Recipe = Recipe()
    inspection: bool = False
    """Whether the file is inspected, not worked on: a columnar copy and a profile come of it; the recipe is empty."""
    tables: tuple[StepTable, ...] = ()
    """One for each step that matches rows with another table."""
    trial: bool = False
    """Whether nothing is written but a report on what the recipe's first match would do (`trial.TrialReport`)."""
    dialect: DialectChoice = DialectChoice()
    memory_mb: int = Field(ge=1)
    spill_mb: int = Field(ge=1)
    output_mb: int = Field(ge=1)
    spill_is_set: bool = True
    """Whether a person has set that limit; else it follows from what the disk has free."""
    output_is_set: bool = True

    def uses(self, columns: tuple[str, ...]) -> dict[str, Use]:
        """How the file's columns are read; an inspection looks at all of them."""
        return dict.fromkeys(columns, Use.AUTO) if self.inspection else self.recipe.source_uses(columns)

    @property
    def result_file(self) -> str:
        """The name of the file that is whole when the attempt has finished."""
        if self.trial:
            return TRIAL_FILE
        return DATA_FILE if self.inspection else RESULT_FILE

    @property
    def spill_limit(self) -> Limit:
        """Of the temporary files."""
        return spill_limit(self.spill_mb, self.spill_is_set)

    @property
    def output_limit(self) -> Limit:
        """Of the result."""
        return output_limit(self.output_mb, self.output_is_set)
