"""What every operation is: a frozen, validated specification with a few pure answers about itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from project.operations.columns import Columns, Use

if TYPE_CHECKING:
    import polars as pl

# Hidden column that an operation which merges rows adds: how many rows each of its rows stands for. The engine
# adds it up to prove that no row was lost, and removes it before the next step. NUL cannot start a user's name.
WEIGHT = "\0weight"
# Hidden column that an operation may use for the rows' order.
ORDER = "\0order"

Slot = Literal["filtered", "merged", "added", "matched"]


class Operation(BaseModel, ABC):
    """One step of a recipe. Subclasses set `operation: Literal["name"]` and are listed in `recipe.py`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    title: ClassVar[str]
    """What people call it."""

    slot: ClassVar[Slot | None] = None
    """The ledger's slot for the difference between rows in and rows out; None when there is none.

    A match (“matched”) says itself how many rows it left out, and how many it added.
    """

    needs_all_rows: ClassVar[bool] = False
    """Whether its first row out may depend on its last row in; else it works on any rows by themselves."""

    @property
    def name(self) -> str:
        """The name by which recipes call it."""
        return str(self.operation)  # type: ignore[attr-defined]

    @abstractmethod
    def uses(self) -> dict[str, Use]:
        """The columns of the step's input that it reads, and how. Order: as named in the step."""

    def texts(self) -> frozenset[str]:
        """The columns of the input that it reads as text or hands on: not those that it only counts or adds up."""
        return frozenset(self.uses())

    @abstractmethod
    def columns_after(self, columns: Columns) -> Columns:
        """The columns that leave the step. Raises MissingColumnError or InvalidInputError."""

    @abstractmethod
    def sentence(self) -> str:
        """What the step does, in one sentence for people, e.g. "Keep rows where Plays > 900."."""


class Independent(Operation):
    """An operation that needs nothing but the rows that come in: no other table."""

    @abstractmethod
    def apply(self, frame: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
        """The lazy table that leaves the step; `columns` describes `frame`. Never collects."""
