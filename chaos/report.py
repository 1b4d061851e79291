"""The table of a run, as text that is Markdown too."""

from __future__ import annotations

from chaos.verdict import Verdict

HEAD = ("Scenario", "Faults", "Jobs", "As expected", "Wrong", "Lost", "Twice", "Strays", "Longest recovery")


def table(verdicts: dict[str, Verdict]) -> str:
    """A line a scenario, and one for all."""
    total = Verdict()
    for verdict in verdicts.values():
        total.add(verdict)
    rows = [HEAD, *(_row(name, verdict) for name, verdict in verdicts.items()), _row("all", total)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [_line(row, widths) for row in rows]
    rule = "|" + "|".join("-" * (width + 1) + (":" if column else "-") for column, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(name: str, verdict: Verdict) -> tuple[str, ...]:
    breaches = (verdict.wrong, verdict.lost, verdict.twice, verdict.strays)
    counts = (verdict.faults, verdict.jobs, verdict.expected, *map(len, breaches))
    return (name, *map(str, counts), f"{verdict.recovery:.1f} s")


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = (
        text.rjust(width) if column else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "| " + " | ".join(cells) + " |"
