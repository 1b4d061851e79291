"""`./run bench`: generates what it needs, measures, prints the tables and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from bench import grid, growth, lookups, report, results
from bench.bars import bars
from bench.contest import Contest, hold
from bench.enriching import enrichments
from bench.machine import machine, versions
from bench.programme import programme
from bench.results import Results
from bench.rowmill import compile_first
from bench.small_jobs import at_once, one_by_one
from bench.uploads import uploads

ROOT = Path(__file__).resolve().parent.parent
SMALL_JOBS = "small-jobs"
UPLOADS = "uploads"
PAGES = "pages"
ENRICHMENTS = "enrichments"
_OTHERS = (SMALL_JOBS, UPLOADS, PAGES, ENRICHMENTS)
_UPLOADED_MB, _QUICKLY_MB = 2048, 256


def main(arguments: list[str]) -> int:
    """Run the benchmark; returns 1 if a bar was missed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.lookups:
        return _look_ups(options.lookups, options.folder)
    if options.quick:
        options.rows, options.rounds = 5_000_000, 1
    kept = options.folder / f"results-{options.rows}.json"
    if options.page and not options.only:
        _publish(results.load(kept), options.docs)
        return 0
    contests = _chosen(programme(options.rows, 1_000 if options.quick else 10_000), options.only)
    if not contests and not any(_is_chosen(name, options.only) for name in _OTHERS):
        parser.error(f"There is no contest “{options.only}”.")
    # A page may take in new measurements of some contests beside those that it has of the others.
    start = results.load(kept) if options.page else _none_yet(options)
    found = _measured(options, contests, start, kept if options.page or not options.only else None)
    if verdicts := report.verdicts(found):
        print(f"\n{verdicts}\n\n{report.MEANT}")
    if options.page or not (options.only or options.quick):
        _publish(found, options.docs)
    return int(not all(bar.is_held for bar in bars(found)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    add: Callable[..., object] = parser.add_argument
    add("--rows", type=int, default=100_000_000, help="rows of the large file (100,000,000)")
    add("--rounds", type=int, default=2, help="how often each contender runs (2)")
    add(
        "--quick",
        action="store_true",
        help="5 million rows, one round, fewer small jobs, in three minutes; writes no page",
    )
    add(
        "--only",
        metavar="NAME",
        help=f"only contests whose names begin so, or one of {', '.join(_OTHERS)}; writes no page",
    )
    add(
        "--page",
        action="store_true",
        help="write the page from the last run on so many rows; with --only, measure these contests again before",
    )
    seconds = "look-ups by ID while jobs run, each address for so long; no more"
    add("--lookups", type=float, metavar="SECONDS", help=seconds)
    add("--folder", type=Path, default=ROOT / "data" / ".bench", help="where the files go")
    add("--docs", type=Path, default=ROOT / "docs", help="where the page goes")
    return parser


def _none_yet(options: argparse.Namespace) -> Results:
    return Results(options.rows, options.rounds, date.today().isoformat(), machine(), versions(), ())


def _measured(options: argparse.Namespace, contests: list[Contest], found: Results, kept: Path | None) -> Results:
    """What is finished is kept at once: a contest that ends the run takes nothing with it."""
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    if contests:
        compile_first(folder)
    for contest in contests:
        outcome = hold(contest, options.rounds, folder, _say)
        print(f"\n{report.table(outcome)}\n", flush=True)
        found = _kept(found.with_outcome(outcome), kept)
    if _is_chosen(PAGES, options.only):
        found = _kept(_with_pages(found, folder), kept)
    if _is_chosen(UPLOADS, options.only):
        found = _kept(_with_uploads(found, folder / "uploads", options.quick), kept)
    if _is_chosen(ENRICHMENTS, options.only):
        found = _kept(_with_enrichments(found, folder / "enrichments", options.quick), kept)
    if _is_chosen(SMALL_JOBS, options.only):
        found = _kept(_with_small_jobs(found, folder / "small", options.quick), kept)
    return found


def _kept(found: Results, path: Path | None) -> Results:
    if path:
        results.save(found, path)
    return found


def _with_small_jobs(found: Results, folder: Path, is_quick: bool) -> Results:
    shutil.rmtree(folder, ignore_errors=True)
    _say("  Jobs of 1,000 rows, one by one and at once")
    one = one_by_one(5 if is_quick else 20, folder / "one")
    many = at_once(40 if is_quick else 300, folder / "many")
    both = replace(found, one_by_one=one, at_once=many)
    print(f"\n{report.small_jobs(both)}\n", flush=True)
    return both


def _with_uploads(found: Results, folder: Path, is_quick: bool) -> Results:
    shutil.rmtree(folder, ignore_errors=True)
    _say("  Uploads, beside plain copies")
    measured = uploads(_QUICKLY_MB if is_quick else _UPLOADED_MB, 3, folder)
    shutil.rmtree(folder)
    with_them = replace(found, uploads=measured)
    print(f"\n{report.uploads(with_them)}\n", flush=True)
    return with_them


def _with_enrichments(found: Results, folder: Path, is_quick: bool) -> Results:
    shutil.rmtree(folder, ignore_errors=True)
    _say("  Enrichments, beside joins and bare calls")
    sizes = (
        (found.rows // 100, found.rows // 1000, 5_000) if is_quick else (found.rows // 10, found.rows // 100, 100_000)
    )
    measured = enrichments(*sizes, 1 if is_quick else 2, folder)
    shutil.rmtree(folder)
    with_them = replace(found, enrichments=measured)
    print(f"\n{report.enrichments(with_them)}\n", flush=True)
    return with_them


def _with_pages(found: Results, folder: Path) -> Results:
    _say("  Pages of rows")
    with_them = replace(found, pages=grid.measure(found.rows, folder, _say))
    print(f"\n{report.pages(with_them)}\n", flush=True)
    return with_them


def _chosen(contests: tuple[Contest, ...], only: str | None) -> list[Contest]:
    return [contest for contest in contests if _is_chosen(contest.name, only)]


def _is_chosen(name: str, only: str | None) -> bool:
    return only is None or name.startswith(only)


def _publish(found: Results, docs: Path) -> None:
    images = growth.plots(found)
    (docs / "images").mkdir(parents=True, exist_ok=True)
    for name, image in images.items():
        (docs / "images" / name).write_text(image)
    (docs / "benchmarks.md").write_text(report.page(found, list(images)) + "\n")


def _look_ups(seconds: float, folder: Path) -> int:
    rows = lookups.measure(seconds, folder / "lookups")
    print(lookups.page(rows))
    return int(bool(lookups.missing(rows)))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
