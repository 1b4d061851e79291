"""Join: brings in columns of another file of the workspace, or keeps the rows that match it, or those that do not."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from project.operations.match import Match, Pair, Twice, checked_pairs, plain_stem


class Join(Match):
    """Match the rows with those of another file, by one or several pairs of columns.

    Keys compare as texts, a missing one matches nothing. The rows keep their order; where several rows of the other
    file match, they come in its order.
    """

    title: ClassVar[str] = "Join"

    operation: Literal["join"]
    file: str = Field(min_length=1, description="The other file’s name in the workspace.")
    on: tuple[Pair, ...] = Field(min_length=1, max_length=20, description="The pairs of columns that have to be equal.")
    twice: Twice = Field(
        default="all", description="Of several rows that match: the first, all (rows multiply), or the job fails."
    )

    @model_validator(mode="after")
    def _pairs_are_distinct(self) -> Self:
        checked_pairs(self.on)
        return self

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """See Match."""
        return self.on

    @property
    def matched_twice(self) -> Twice:
        """See Match."""
        return self.twice

    @property
    def table(self) -> str:
        """The file's name without its ending."""
        return plain_stem(self.file)

    def sentence(self) -> str:
        """E.g. "Match rows with songs.csv by Song = Name; keep those that match nothing."."""
        return self._words(self.file)
