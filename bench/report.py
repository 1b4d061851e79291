"""The report: the results of a run as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.bars import Bar, bars
from bench.figures import Figures, Outcome
from bench.results import Results

MEANT = "The bars are meant for 100 million rows."
_HEAD = "| contender | time | rows a second | peak memory | Rowmill’s time ÷ its |\n|---|--:|--:|--:|--:|"


def table(outcome: Outcome) -> str:
    """One contest: the contenders, and ratios against the first of them, which is ours."""
    ours = outcome.figures[0]
    lines = [_line(figures, outcome.rows, ours) for figures in outcome.figures]
    note = f"{outcome.note}\n\n" if outcome.note else ""
    return f"### {outcome.title}\n\n{outcome.rows:,} rows. {note}".rstrip() + "\n\n" + "\n".join([_HEAD, *lines])


def _line(figures: Figures, rows: int, ours: Figures) -> str:
    if figures.failure:
        return f"| {figures.name} | {figures.failure} | | {figures.peak_mb:,.0f} MB | |"
    ratio = "" if figures is ours or ours.failure else share(ours.seconds / figures.seconds)
    speed = count(rows / figures.seconds)
    return f"| {figures.name} | {figures.seconds:.1f} s | {speed} | {figures.peak_mb:,.0f} MB | {ratio} |"


def share(ratio: float) -> str:
    """E.g. "0.90", or "0.0042" where two places would say nothing."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def count(number: float) -> str:
    """E.g. "3.3 million", "12 thousand", "240"."""
    for size, word in ((1e6, "million"), (1e3, "thousand")):
        if number >= size:
            return f"{number / size:.{1 if number < 10 * size else 0}f} {word}"
    return f"{number:.0f}"


def verdict(bar: Bar) -> str:
    """One bar as a line of a table."""
    if math.isfinite(bar.figure):
        measured = f"{bar.figure:.2f}{bar.unit}"
    else:
        measured = "did not finish"
    sign = "≥" if bar.is_least else "≤"
    held = "held" if bar.is_held else "**missed**"
    return f"| {bar.sentence} | {measured} | {sign} {bar.limit:g}{bar.unit} | {held} |"


def verdicts(results: Results) -> str:
    """All bars about which the run can tell; nothing, if there are none."""
    lines = [verdict(bar) for bar in bars(results)]
    return "\n".join(["| bar | measured | bar | |", "|---|--:|--:|---|", *lines]) if lines else ""


def small_jobs(results: Results) -> str:
    """The jobs of 1,000 rows in sentences."""
    sentences = []
    if one := results.one_by_one:
        sentences.append(
            f"{one.jobs} jobs one after the other, from the POST to the published file: "
            f"median {one.median:.2f} s, largest {one.largest:.2f} s."
        )
    if many := results.at_once:
        sentences.append(
            f"{many.jobs} jobs queued at once, {many.workers} workers: accepted in {many.accepted:.1f} s, all ended "
            f"after {many.seconds:.1f} s, {many.rate:.1f} jobs a second."
        )
    return "### Jobs of 1,000 rows through the whole product\n\n" + "\n".join(sentences) if sentences else ""


def uploads(results: Results) -> str:
    """The uploads in a sentence."""
    if not (found := results.uploads):
        return ""
    return (
        "### Uploads over loopback\n\n"
        f"{found.megabytes:,} MB: a plain copy of the body by the same server {found.copied:.2f} s, resumable "
        f"{found.resumable:.2f} s, with curl’s PUT {found.plain:.2f} s; both are on the disk before the answer, the "
        f"copy may be not. The web process grew by {found.grown_mb:.0f} MB."
    )


def enrichments(results: Results) -> str:
    """The enrichments in sentences."""
    if not (found := results.enrichments):
        return ""
    return (
        "### Enrichments through the whole product, from an API on the same machine\n\n"
        f"{found.rows:,} rows joined with {found.records:,} records: of a file {found.joined:.1f} s, of an API’s list "
        f"{found.listed:.1f} s. One call for each of {found.keys:,} values, {found.parallel} at once: the bare client "
        f"{found.bare:.1f} s, the job from order to published file {found.called:.1f} s. The API takes its part "
        "of the processor in both."
    )


def pages(results: Results) -> str:
    """The pages of rows as a table."""
    if not (found := results.pages):
        return ""
    lines = [
        f"| {kind.name} | {_time(kind.middle)} | {_time(kind.p95)} | {len(kind.seconds)} |" for kind in found.times
    ]
    memory = ", ".join(f"{name} {peak:,.0f} MB" for name, peak in found.memory.items())
    return "\n".join(
        [
            "### Pages of 100 rows of the inspected file",
            "",
            f"{results.rows:,} rows, through the real server; a page that is not there yet is asked for until it is.",
            "",
            "| page | median | 95th percentile | pages |\n|---|--:|--:|--:|",
            *lines,
            "",
            f"Peak memory: {memory}.",
        ]
    )


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def page(results: Results, images: Sequence[str]) -> str:
    """The whole page; the images are named as the page finds them."""
    pictures = "\n\n".join(f"![{_words(name)}](images/{name})" for name in images)
    tables = [table(outcome) for outcome in results.outcomes]
    return "\n\n".join(
        part
        for part in (
            _head(results),
            verdicts(results),
            pictures,
            *tables,
            pages(results),
            uploads(results),
            enrichments(results),
            small_jobs(results),
        )
        if part
    )


def _words(name: str) -> str:
    """E.g. "Time against rows" for "time-against-rows.svg"."""
    return name.removesuffix(".svg").replace("-", " ").capitalize()


def _head(results: Results) -> str:
    rows, rounds = results.rows, results.rounds
    return f"""# Benchmarks

This page is written anew by each `./run bench`. Where the time goes, and what was tried and thrown away, is told in
[benchmarks-notes.md](benchmarks-notes.md).

Measured on {results.day} on one machine: {results.machine}; {results.versions}.

- All contenders of a table took turns in one run ({rounds} round{"s" if rounds > 1 else ""}); who failed, or took
  more than three times as long as Rowmill, ran once. Times are medians of whole processes, from start to end.
- Times move from machine to machine: the ratios are what to compare. {MEANT}
- All results of a table are the same bytes, or the benchmark ends.
- Peak memory is the operating system’s count of what a process held at most; of a contender with several processes,
  what all of them held together, sampled ten times a second, with shared pages counted once.
- Budgets are the engines’ own: Rowmill’s `memory_mb`, `POLARS_OOC_MEMORY_BUDGET_MB`, DuckDB’s `memory_limit`. There is
  no hard limit besides. `RLIMIT_DATA` counts what allocators reserve, touched or not: at twice the budget it ended
  Polars and Rowmill, which held far less. The peaks tell who kept to the budget.
- “File already checked” is Rowmill on a file whose structure an earlier job has checked; else the file is new to it.

The data: `./run generate-dataset --rows {rows} plays.csv` (songs × days × plays, 26 bytes a row; with 100 million rows,
2.6 GB and 31.9 million different pairs of song and date). The wide file and the one of quoted texts are made by the
benchmark, each of about 200 MB with 100 million rows."""
