"""What a trial's calls have come to, and what the whole file would need; pure."""

from __future__ import annotations

from project.engine.matches import CallReport, TrialReport
from project.fetch.events import Calls, Fetched
from project.jobs.present import ago, duration, plural
from project.operations.enrich import Enrich


def with_calls(found: TrialReport, step: Enrich, fetched: Fetched) -> TrialReport:
    """The engine's report with that on the calls.

    Of calls for some of the values nobody can tell how many rows will match: then `match` is left out.
    """
    calls = _of_list(step, fetched) if step.api.is_list else _of_values(step, fetched)
    is_counted = fetched.is_whole or step.api.is_list
    return found.model_copy(update={"calls": calls, "match": found.match if is_counted else None})


def _of_values(step: Enrich, fetched: Fetched) -> CallReport:
    calls, left = fetched.calls, fetched.calls.left or 0
    seconds = _seconds(step, calls, left)
    cost = step.api.cost(left)
    sentences = [*_kept(calls), *_failures(calls)]
    if left:
        took = f", which takes about {duration(seconds)}" if seconds is not None else ""
        price = f" and costs {cost}" if cost is not None else ""
        sentences.append(f"The whole file needs {plural(left, 'more call')}{took}{price}.")
    else:
        sentences.append("The whole file needs no more calls: all answers are kept.")
    return CallReport(
        keys=fetched.keys,
        answered=fetched.keys - left,
        called=calls.made,
        matched=fetched.matched,
        failures=calls.failures,
        left=left,
        seconds_left=seconds,
        cost_left=None if cost is None else str(cost),
        sentences=tuple(sentences),
    )


def _of_list(step: Enrich, fetched: Fetched) -> CallReport:
    calls = fetched.calls
    left = 0 if fetched.is_whole else calls.left
    cost = None if left is None else step.api.cost(left)
    sentences = [*_kept(calls), *_failures(calls)]
    if fetched.is_whole:
        sentences.append(f"The list is whole: {plural(fetched.records, 'record')}.")
    else:
        sentences.append(
            f"The list goes on: {plural(fetched.keys, 'page')} with {plural(fetched.records, 'record')} were fetched "
            "for this trial, and what matches is counted by these alone. More may match in the end."
        )
    return CallReport(
        answered=fetched.keys,
        called=calls.made,
        matched=fetched.matched,
        failures=calls.failures,
        left=left,
        seconds_left=None if left is None else _seconds(step, calls, left),
        cost_left=None if cost is None else str(cost),
        sentences=tuple(sentences),
    )


def _seconds(step: Enrich, calls: Calls, left: int) -> float | None:
    """By the rate of this trial's calls, but never faster than is allowed."""
    if not left:
        return 0.0
    rates = [rate for rate in (calls.per_second, step.api.per_second) if rate]
    return round(left / min(rates), 1) if rates else None


def _kept(calls: Calls) -> list[str]:
    if not calls.from_journal:
        return []
    oldest = "" if calls.oldest_at is None else f", the oldest {ago(calls.oldest_at)}"
    return [f"{plural(calls.from_journal, 'answer')} had been given before{oldest}: kept, and not paid for again."]


def _failures(calls: Calls) -> list[str]:
    if not calls.failed:
        return []
    return [
        f"{plural(calls.failed, 'call')} failed for good; the job fails if more fail than its “max_failures” allow."
    ]
