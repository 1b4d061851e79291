"""A report in sentences for people; pure."""

from __future__ import annotations

from project.engine.matches import MatchReport, NearMiss, Side, TrialReport
from project.operations.match import Ignore
from project.operations.match_words import shown_key

# More than so many times the rows that come in: something is wrong with the key, most likely.
_EXPLODED = 2
_IGNORED: dict[Ignore, str] = {
    "spaces": "spaces around them",
    "case": "upper and lower case",
    "leading_zeros": "leading zeros",
}


def report_warnings(report: TrialReport) -> tuple[str, ...]:
    """What should be looked at before the job is started."""
    found = report.match
    if found is None:
        return ()
    warnings = [found.would_fail]
    if found.left.rows and not found.matched_rows:
        warnings.append(f"Not one row matches “{found.right.name}”: is it the right key?")
    if found.rows_out > _EXPLODED * found.left.rows:
        times = found.rows_out / max(1, found.left.rows)
        warnings.append(f"There would be {times:,.1f} times as many rows as before: is it the right key?")
    return tuple(filter(None, warnings))


def report_sentences(report: TrialReport) -> tuple[str, ...]:
    """The warnings, then what was counted, then what there is to say of the calls."""
    counted = _sentences(report.match) if report.match is not None else ()
    return (*report_warnings(report), *counted, *(report.calls.sentences if report.calls is not None else ()))


def _sentences(found: MatchReport) -> tuple[str, ...]:
    left, right = found.left, found.right
    keys = f"“{left.name}” has {_count(left.keys, 'key')}, “{right.name}” {right.keys:,}"
    sentences = [
        f"{found.matched_rows:,} of {_count(left.rows, 'row')} {_match(left.rows)}{_percent(found)}.",
        f"{keys}: {found.matched_keys:,} are in both.",
        _missing(left),
        _missing(right),
        _rows_out(found),
        *map(_near, found.near),
    ]
    return tuple(filter(None, sentences))


def _percent(found: MatchReport) -> str:
    """Cut, not rounded: 100.0 % is all of them."""
    if not found.left.rows:
        return ""
    thousandths = 1000 * found.matched_rows // found.left.rows
    if found.matched_rows and not thousandths:
        return " (less than 0.1 %)"
    return f" ({thousandths // 10}.{thousandths % 10} %)"


def _missing(side: Side) -> str:
    if not side.missing:
        return ""
    have = (
        "has a missing value in its key and matches"
        if side.missing == 1
        else "have a missing value in their key and match"
    )
    return f"{_count(side.missing, 'row')} of “{side.name}” {have} nothing."


def _rows_out(found: MatchReport) -> str:
    become = f"{_count(found.left.rows, 'row')} become{_s(found.left.rows)} {found.rows_out:,}"
    if found.right.double_keys:
        doubles = f"“{found.right.name}” has {_count(found.right.double_keys, 'key')} more than once"
        return f"{doubles}: {become}." if found.rows_out != found.left.rows else f"{doubles}."
    return f"{become}." if found.rows_out != found.left.rows else ""


def _near(near: NearMiss) -> str:
    example = ""
    if near.examples:
        left, right = near.examples[0]
        example = f", such as {shown_key(left)} and {shown_key(right)}"
    counted = f"{_count(near.keys, 'key')} ({_count(near.rows, 'row')})"
    return f"{counted} would match without regard to {_IGNORED[near.ignore]}{example}."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _match(rows: int) -> str:
    return "matches" if rows == 1 else "match"


def _s(rows: int) -> str:
    return "s" if rows == 1 else ""
