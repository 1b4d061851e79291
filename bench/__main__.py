"""`./run bench`: generates what it needs, measures, prints the tables and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from bench import lookups, report
from bench.contest import Contender, Contest, compile_first, hold
from bench.measure import Figures
from bench.small_jobs import median_seconds
from project.cli.generate_dataset import main as generate

ROOT = Path(__file__).resolve().parent.parent
BUDGET_MB = 1024
OURS = Contender("Rowmill", BUDGET_MB)


def main(arguments: list[str]) -> int:
    """Run the benchmark; returns 1 if a bar was missed."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000, help="rows of the large file (100,000,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender runs (3)")
    parser.add_argument("--quick", action="store_true", help="10 million rows, one round; writes no page")
    parser.add_argument(
        "--lookups",
        type=float,
        metavar="SECONDS",
        help="look-ups by ID while jobs run, each address for so long; no more",
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / ".bench", help="where the files go")
    options = parser.parse_args(arguments)
    if options.lookups:
        return _look_ups(options.lookups, options.folder)
    if options.quick:
        options.rows, options.rounds = 10_000_000, 1
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    large, small = _dataset(folder, options.rows), _dataset(folder, options.rows // 10)
    peers = tuple(Contender(engine, BUDGET_MB) for engine in ("Polars", "DuckDB"))
    total = Contest("Sum by song and date, sorted", "total", large, (OURS, *peers))
    by_date = Contest("Sum by date", "by-date", large, (OURS, Contender("Polars"), Contender("DuckDB")))
    tenth = Contest("Sum by date, a tenth of the rows", "by-date", small, (OURS,))
    say = lambda sentence: print(sentence, file=sys.stderr, flush=True)  # noqa: E731
    compile_first(folder)
    figures = {contest: hold(contest, options.rounds, folder, say) for contest in (total, by_date, tenth)}
    shutil.rmtree(folder / "small", ignore_errors=True)
    median, largest = median_seconds(5 if options.quick else 20, folder / "small")
    verdicts = _verdicts(figures[total], figures[by_date], figures[tenth], median)
    tables = [report.table(contest.title, found) for contest, found in figures.items()]
    tables.append(f"### A job of 1,000 rows, from the POST to the published file\n\n"
                  f"Median {median:.2f} s, largest {largest:.2f} s.")  # fmt: skip
    page = report.page(options.rows, options.rounds, tables, verdicts)
    print(page)
    if not options.quick:
        (ROOT / "docs" / "benchmarks.md").write_text(page)
    return int(any("missed" in verdict for verdict in verdicts))


def _look_ups(seconds: float, folder: Path) -> int:
    rows = lookups.measure(seconds, folder / "lookups")
    print(lookups.page(rows))
    return int(bool(lookups.missing(rows)))


def _verdicts(
    total: tuple[Figures, ...], by_date: tuple[Figures, ...], tenth: tuple[Figures, ...], median: float
) -> list[str]:
    fastest_peer = min(figure.seconds for figure in total[1:])
    return [
        report.verdict("song and date: time ÷ the faster peer’s at 1,024 MB", total[0].seconds / fastest_peer, 1.5),
        report.verdict("song and date: peak memory", total[0].peak_mb / 1024, 1.25, " GB"),
        report.verdict("date: time ÷ Polars’ with all memory", by_date[0].seconds / by_date[1].seconds, 2.0),
        report.verdict("date: peak memory ÷ that of a tenth of the rows", by_date[0].peak_mb / tenth[0].peak_mb, 1.15),
        report.verdict("1,000 rows, POST to published, median", median, 1.5, " s"),
    ]


def _dataset(folder: Path, rows: int) -> Path:
    path = folder / f"plays-{rows}.csv"
    if not path.exists():
        part = path.with_suffix(".part")
        generate(["--rows", str(rows), str(part)])
        part.rename(path)
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
