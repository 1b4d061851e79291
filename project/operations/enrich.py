"""Enrich: brings in what an HTTP API answers, as new columns."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StrictFloat, StrictInt, model_validator

from project.operations.api import Api
from project.operations.match import Match, Pair, Twice
from project.operations.names import Name

# The column of the table of answers that is matched; NUL cannot start a name of the API's.
ANSWER_KEY = "\0key"


class Enrich(Match):
    """Match the rows with the records that an API answers, and bring in their fields as text, digit for digit.

    Nested fields are flattened (“address.geo.lat”). No call is made twice: every answer is kept before it is used.
    """

    title: ClassVar[str] = "Enrich"

    operation: Literal["enrich"]
    api: Api = Field(description="What is asked, and how.")
    column: Name = Field(description="The column whose values are looked up.")
    key: str = Field(default="", max_length=200, description="The field of a record that is compared; for lists only.")
    twice: Twice = Field(
        default="first", description="Of several records that match: the first, all (rows multiply), or the job fails."
    )
    nulls: Literal["text", "missing"] = Field(
        default="text", description="Whether a null becomes the text “null” or a missing value."
    )
    max_failures: Annotated[StrictInt, Field(ge=0)] = Field(
        default=0, description="The job fails if more calls than this fail for good; their rows count as unmatched."
    )
    refresh_older_than_hours: Annotated[StrictInt | StrictFloat, Field(ge=0)] | None = Field(
        default=None, description="Answers that are older are fetched again; without it, none."
    )

    @model_validator(mode="after")
    def _fits_the_api(self) -> Self:
        if self.api.is_list and not self.key:
            raise ValueError("“key” is missing: which field of a record is compared with the column?")
        if not self.api.is_list and self.api.placeholder != self.column:
            raise ValueError(f"The placeholder in the address has to be the column: {{{self.column}}}.")
        return self

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """See Match; the answers have their key in a column of its own."""
        return (Pair.model_construct(left=self.column, right=ANSWER_KEY),)

    @property
    def matched_twice(self) -> Twice:
        """See Match."""
        return self.twice

    @property
    def table(self) -> str:
        """What an API's fields are called where a name clashes."""
        return "api"

    def sentence(self) -> str:
        """E.g. "Match rows with api.example.com by user_id = id; keep those that match nothing."."""
        words = self._words(self.api.host)
        return words.replace(ANSWER_KEY, self.key or "the call")
