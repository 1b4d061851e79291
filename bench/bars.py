"""The bars: what has to be met, from the results of one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.contenders import DUCKDB, DUCKDB_ALL, OURS, OURS_CHECKED, OURS_HALF, POLARS, POLARS_ALL, Contender
from bench.figures import Figures, Outcome
from bench.results import MAKING, Results

# By so much may a job on ten times the rows grow.
_MORE_TIME, _MORE_MEMORY = 11.0, 1.15
_BUDGET_AND_LIBRARIES_GB = 1.2


@dataclass(frozen=True)
class Bar:
    """A figure, and the most that it may be, or the least."""

    sentence: str
    figure: float
    limit: float
    unit: str = ""
    is_least: bool = False

    @property
    def is_held(self) -> bool:
        """Whether it is met. What is no number, as nobody finished, meets nothing."""
        return self.figure >= self.limit if self.is_least else self.figure <= self.limit


def bars(results: Results) -> list[Bar]:
    """Those about which the run can tell."""
    return [
        *_total(results),
        *_repeated(results),
        *_joined(results),
        *_files(results),
        *_pages(results),
        *_enrichments(results),
        *_growths(results),
        *_small_jobs(results),
    ]


def _total(results: Results) -> Iterator[Bar]:
    if total := results.outcome("total"):
        ours, half = total.of(OURS), total.of(OURS_HALF)
        name = "song and date, 1,024 MB"
        yield Bar(f"{name}: time ÷ the faster peer’s at 1,024 MB", _ratio(total, OURS, POLARS, DUCKDB), 0.5)
        yield Bar(f"{name}: peak memory", _peak_gb(ours), 1.25, " GB")
        yield Bar("song and date, 512 MB: finishes; peak memory", _peak_gb(half), 0.75, " GB")
        with_all = _ratio(total, OURS, POLARS_ALL, DUCKDB_ALL)
        yield Bar(f"{name}: time ÷ the faster peer’s with all memory", with_all, 0.9)
    if full_sort := results.outcome("sort"):
        ratio = _ratio(full_sort, OURS, POLARS, DUCKDB)
        yield Bar("full sort, 1,024 MB: time ÷ the faster peer’s at 1,024 MB", ratio, 0.6)


def _repeated(results: Results) -> Iterator[Bar]:
    if by_date := results.outcome("by-date"):
        yield Bar("date, first time: time ÷ Polars’", _ratio(by_date, OURS, POLARS_ALL), 1.5)
        yield Bar("date, file already checked: time ÷ Polars’", _ratio(by_date, OURS_CHECKED, POLARS_ALL), 1.15)
    if kept := results.outcome("filter"):
        ratio = _ratio(kept, OURS_CHECKED, POLARS_ALL, DUCKDB_ALL)
        yield Bar("filter, file already checked: time ÷ the faster peer’s", ratio, 1.15)


def _joined(results: Results) -> Iterator[Bar]:
    if join := results.outcome("join"):
        ratio = _ratio(join, OURS, POLARS, DUCKDB)
        yield Bar("join with a hundredth of the rows, 1,024 MB: time ÷ the faster peer’s at 1,024 MB", ratio, 0.8)


def _files(results: Results) -> Iterator[Bar]:
    if inspection := results.outcome("inspect"):
        yield Bar("inspection: time ÷ that of Polars’ columnar copy", _ratio(inspection, OURS, POLARS_ALL), 1.6)
    if uploads := results.uploads:
        yield Bar("upload: rate ÷ that of a plain copy of the body", uploads.share, 0.6, is_least=True)
        yield Bar("upload: growth of the web process", uploads.grown_mb, 32, " MB")


def _pages(results: Results) -> Iterator[Bar]:
    if not (found := results.pages):
        return
    for kind in found.times:
        if kind.limit:
            yield Bar(f"page of rows: {kind.name}", kind.p95, kind.limit, " s")
    peak = found.memory.get(MAKING, 0.0) / 1024
    yield Bar("page of rows: peak memory of a process that makes a view", peak, _BUDGET_AND_LIBRARIES_GB, " GB")


def _enrichments(results: Results) -> Iterator[Bar]:
    if found := results.enrichments:
        yield Bar("list from an API, joined: time ÷ that of the join of two files", found.list_ratio, 1.5)
        yield Bar("a call for each value: calls a second ÷ the bare client’s", found.share, 0.6, is_least=True)


def _growths(results: Results) -> Iterator[Bar]:
    for name, words in (("total", "song and date"), ("by-date", "date")):
        large, tenth = results.outcome(name), results.outcome(f"{name}-tenth")
        if large and tenth:
            many, few = large.of(OURS), tenth.of(OURS)
            yield Bar(f"{words}: time ÷ that of a tenth of the rows", many.seconds / few.seconds, _MORE_TIME)
            yield Bar(f"{words}: peak memory ÷ that of a tenth", _peak_gb(many) / _peak_gb(few), _MORE_MEMORY)


def _small_jobs(results: Results) -> Iterator[Bar]:
    if one := results.one_by_one:
        yield Bar("1,000 rows, POST to published, median", one.median, 0.8, " s")
    if many := results.at_once:
        sentence = f"{many.jobs} jobs of 1,000 rows at once, {many.workers} workers: jobs a second"
        yield Bar(sentence, many.rate, 5, is_least=True)


def _ratio(outcome: Outcome, ours: Contender, *others: Contender) -> float:
    """Our time as a share of the fastest other's; 0 if no other finished."""
    return outcome.of(ours).seconds / min(outcome.of(other).seconds for other in others)


def _peak_gb(figures: Figures) -> float:
    """Infinite if it never finished."""
    return float("inf") if figures.failure else figures.peak_mb / 1024
