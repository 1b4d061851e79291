"""What the page of a trial shows: its report with what follows from it, ready to be set; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from project.engine.matches import MatchReport, Side, TrialReport
from project.engine.trial.sentences import report_warnings
from project.jobs.result_names import suggested
from project.jobs.view import JobView
from project.operations.enrich import Enrich
from project.operations.match import Match

_TWICE = {
    "first": "Of several that match a row, the first is taken.",
    "all": "A row comes once for each that matches it.",
    "fail": "The job fails where several match a row.",
}


@dataclass(frozen=True)
class TrialPage:
    """The report, and the step that was tried."""

    report: TrialReport
    step: Match
    warnings: tuple[str, ...]
    output: str
    """A name for the result."""

    @property
    def sides(self) -> tuple[tuple[Side, tuple[str, ...]], ...]:
        """The sides that have keys of several rows, the other table first, with the columns of the keys."""
        if self.report.match is None:
            return ()
        left = tuple(pair.left for pair in self.step.pairs)
        right = tuple(pair.right for pair in self.step.pairs)
        if isinstance(self.step, Enrich):
            right = (self.step.key or self.step.column,)
        both = (self.report.match.right, right), (self.report.match.left, left)
        return tuple((side, columns) for side, columns in both if side.doubles)

    @property
    def twice(self) -> str:
        """What becomes of a row that matches several of the other table, in words; "" if there is none such."""
        found = self.report.match
        return _TWICE[self.step.matched_twice] if found is not None and found.right.double_keys else ""

    @property
    def percent(self) -> str:
        """Of the rows, those that match; cut, so that 100.0 % is all of them."""
        found = self.report.match
        return "–" if found is None or not found.left.rows else _percent(found)


def trial_page(job: JobView, report: TrialReport, output: str, is_free: Callable[[str], bool]) -> TrialPage | None:
    """`output`: the name that was asked for; "": one is suggested. None where the recipe matches nothing."""
    step = job.match
    if step is None:
        return None
    operation = "enrich" if isinstance(step, Enrich) else "join"
    name = output or suggested(job.input, operation, step.how, is_free)
    return TrialPage(report, step, report_warnings(report), name)


def _percent(found: MatchReport) -> str:
    thousandths = 1000 * found.matched_rows // found.left.rows
    return f"{thousandths // 10}.{thousandths % 10} %" if thousandths or not found.matched_rows else "< 0.1 %"
