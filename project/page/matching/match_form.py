"""What the forms of a join and of an enrichment have in common, as typed; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from project.operations.match import Match
from project.page.matching.faults import Faults

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

Options = tuple[tuple[str, str], ...]

HOW: Options = (
    ("left", "Keep them, with missing values"),
    ("inner", "Leave them out"),
    ("anti", "Keep only them, and bring in nothing"),
    ("semi", "Leave them out, and bring in nothing"),
)
IGNORE: Options = (
    ("spaces", "Spaces around them"),
    ("case", "Upper and lower case"),
    ("leading_zeros", "Leading zeros"),
)


@dataclass(frozen=True)
class MatchForm:
    """The fields of both forms."""

    how: str = "left"
    twice: str = "first"
    ignore: tuple[str, ...] = ()
    prefix: str = ""
    most_rows: str = ""
    output: str = ""

    @classmethod
    def typed(cls, values: MultiDict[str, str]) -> Self:
        """The form as it was sent; what is not there is as in an empty form."""
        return cls(**{field.name: _value(values, field.name, field.default) for field in fields(cls)})

    def opens(self, faults: Mapping[str, str], *names: str) -> bool:
        """Whether something in these fields is filled in or wrong, so that they have to be seen."""
        default = type(self)()
        return any(name in faults or getattr(self, name) != getattr(default, name) for name in names)

    def matching(self, faults: Faults) -> dict[str, Any]:
        """The common parameters of the step."""
        one_of(faults, "how", self.how, HOW)
        if self.twice not in ("first", "all", "fail"):
            faults.add("twice", "Choose one of the three.")
        for each in self.ignore:
            one_of(faults, "ignore", each, IGNORE)
        if len(self.prefix) > 100:
            faults.add("prefix", "Type at most 100 characters.")
        return {
            "how": self.how,
            "twice": self.twice,
            "ignore": self.ignore,
            "prefix": self.prefix,
            "most_rows": faults.whole("most_rows", self.most_rows, 1),
        }


def filled(step: Match) -> dict[str, Any]:
    """The common fields as they would have been typed for a step."""
    return {
        "how": step.how,
        "twice": step.matched_twice,
        "ignore": step.ignore,
        "prefix": step.prefix,
        "most_rows": as_typed(step.most_rows),
    }


def as_typed(value: float | None) -> str:
    """A number as it would have been typed."""
    return "" if value is None else str(value)


def _value(values: MultiDict[str, str], name: str, default: Any) -> Any:
    return tuple(values.getlist(name)) if isinstance(default, tuple) else values.get(name, default)


def one_of(faults: Faults, field: str, value: str, options: Options) -> None:
    """The value has to be one of the options."""
    if value not in dict(options):
        faults.add(field, "Choose one of those that are there.")
