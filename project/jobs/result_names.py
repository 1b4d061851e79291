"""Names that are suggested for the result of a match; pure."""

from __future__ import annotations

from collections.abc import Callable

from project.files.copies import candidates
from project.operations.match import plain_stem

_RESULT = {"anti": "{stem} without a match.csv", "semi": "{stem} with a match.csv"}
_DONE = {"enrich": "enriched", "join": "joined"}
# The longest name has 255 bytes, a character up to four, and there has to be room for what is put behind.
_LONGEST_STEM = 50


def suggested(input: str, operation: str, how: str, is_free: Callable[[str], bool]) -> str:
    """“plays enriched.csv” for “plays.csv.gz”, or with a number behind it if that is taken."""
    name = _RESULT.get(how, "{stem} {done}.csv")
    first = name.format(stem=plain_stem(input)[:_LONGEST_STEM], done=_DONE.get(operation, "matched"))
    return next(filter(is_free, candidates(first)))
