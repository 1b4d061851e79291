"""The form by which a file is joined with another: what was chosen, the step that it means, and back; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from project.operations.join import Join
from project.page.matching.faults import Faults
from project.page.matching.match_form import MatchForm, Options, filled

TWICE: Options = (
    ("all", "Take all of them: the row comes once for each"),
    ("first", "Take the first"),
    ("fail", "Fail the job"),
)
BRING: Options = (("all", "All but those that are compared"), ("some", "Those that are ticked"))
MOST_PAIRS = 20
_SPARE = 5


@dataclass(frozen=True)
class JoinForm(MatchForm):
    """The form's fields as chosen; `left` and `right` hold the two columns of each pair, "" where none is chosen."""

    twice: str = "all"
    other: str = ""
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    bring: str = "all"
    columns: tuple[str, ...] = ()

    @classmethod
    def between(cls, other: str, columns: Sequence[str], others: Sequence[str]) -> Self:
        """The form to begin with: the first name that both files have is compared."""
        both = [name for name in columns if name in set(others)][:1]
        return cls(other=other, left=tuple(both), right=tuple(both))

    @classmethod
    def of(cls, step: Join, others: Sequence[str], output: str = "") -> Self:
        """The form that means the step; `others`: the columns of the other file as it is now."""
        compared = {pair.right for pair in step.on}
        is_all = step.columns in (None, tuple(name for name in others if name not in compared))
        return cls(
            **filled(step),
            output=output,
            other=step.file,
            left=tuple(pair.left for pair in step.on),
            right=tuple(pair.right for pair in step.on),
            bring="all" if is_all else "some",
            columns=() if is_all else step.columns or (),
        )

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs in which something is chosen."""
        chosen = zip(self.left, self.right, strict=False)
        return tuple((left, right) for left, right in chosen if left or right)

    @property
    def spare(self) -> int:
        """How many more pairs there is room for, a few at a time."""
        return min(_SPARE, MOST_PAIRS - len(self.pairs))

    def in_both(self, columns: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
        """The names that both files have, but that are not compared yet."""
        compared = {name for pair in self.pairs for name in pair}
        return tuple(name for name in columns if name in set(others) and name not in compared)[:_SPARE]

    def step(self, columns: Sequence[str], others: Sequence[str]) -> Join:
        """The step for a file of `columns` and another of `others`. Raises FormError."""
        faults = Faults()
        on = self._on(columns, others, faults)
        values = {
            **self.matching(faults),
            "operation": "join",
            "file": self.other,
            "on": on,
            "columns": self._columns(others, faults),
        }
        faults.end()
        return Join.model_validate(values)

    def _on(self, columns: Sequence[str], others: Sequence[str], faults: Faults) -> list[dict[str, str]]:
        if not self.pairs:
            faults.add("pairs", "Choose at least one pair of columns.")
        if any(not (left and right) for left, right in self.pairs):
            faults.add("pairs", "Choose a column on both sides, or on neither.")
        if len(set(self.pairs)) < len(self.pairs):
            faults.add("pairs", "The same pair stands here twice.")
        for left, right in self.pairs:
            for name, known in ((left, columns), (right, others)):
                if name and name not in known:
                    faults.add("pairs", f"There is no column “{name}” any more: choose another.")
        return [{"left": left, "right": right} for left, right in self.pairs]

    def _columns(self, others: Sequence[str], faults: Faults) -> tuple[str, ...] | None:
        """In the other file's order; None: all but those that are compared."""
        if self.bring == "all" or self.how in ("semi", "anti"):
            return None
        ticked = set(self.columns)
        if not ticked & set(others):
            faults.add("columns", "Tick at least one column, or let all of them come.")
        return tuple(name for name in others if name in ticked)
