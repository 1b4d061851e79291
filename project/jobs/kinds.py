"""The kinds of jobs, and how an inspection is told from others by what it writes; pure."""

from __future__ import annotations

from enum import StrEnum

from project.errors import InvalidInputError

# No file's name begins with a dot or has a slash in it.
_TOKEN = ".inspections/"
_TRIAL_TOKEN = ".trials/"


class JobKind(StrEnum):
    """What a job is for: to carry out a recipe that somebody asked for, to inspect a file, or to try what a recipe's
    match with another table would do."""

    RECIPE = "recipe"
    INSPECTION = "inspection"
    TRIAL = "trial"

    @classmethod
    def parse(cls, text: str | None) -> JobKind:
        """The kind of that name; those that people ask for, unless one is named. Raises InvalidInputError."""
        try:
            return cls(text) if text else cls.RECIPE
        except ValueError:
            raise InvalidInputError(f"“kind” has to be one of {', '.join(cls)}.", field="kind") from None


def inspection_output(file_id: str) -> str:
    """What the inspection of a file has in the place of an output's name: one at a time may write it."""
    return _TOKEN + file_id


def inspected_file(output: str) -> str:
    """The ID of the file whose inspection writes that."""
    return output.removeprefix(_TOKEN)


def trial_output(job_id: str) -> str:
    """What a trial has in the place of an output's name: it clashes with nothing."""
    return _TRIAL_TOKEN + job_id
