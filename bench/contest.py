"""A contest: several contenders do the same work in turn, and their results must be the same bytes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import peers, rowmill
from bench.comparing import are_same
from bench.contenders import OURS_CHECKED, Contender
from bench.datasets import Dataset, ready
from bench.figures import Figures, Outcome, Run
from bench.measure import run_once
from bench.works import INSPECT
from project.engine.plan import DATA_FILE, RESULT_FILE

_LIMIT_SECONDS = 900
# Whoever takes so much longer than the first contender runs in one round only.
_FAR_BEHIND = 3.0
_FACTS = "facts"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Contest:
    """What is done on which file, by whom; ours comes first. The note says what the page has to tell besides."""

    name: str
    title: str
    work: str
    source: Dataset
    contenders: tuple[Contender, ...]
    note: str = ""
    other: Dataset | None = None
    """What a join matches the rows with."""


def hold(contest: Contest, rounds: int, folder: Path, say: Say) -> Outcome:
    """Let the contenders work in turn, A B C A B C. Raises ValueError if two of them come to different results."""
    source = ready(contest.source, folder)
    other = ready(contest.other, folder) if contest.other is not None else None
    _read(source)
    runs: dict[Contender, list[Run]] = {contender: [] for contender in contest.contenders}
    reference = (folder / "reference").with_suffix(Path(result_file(contest.work)).suffix)
    reference.unlink(missing_ok=True)
    shutil.rmtree(folder / _FACTS, ignore_errors=True)
    if OURS_CHECKED in contest.contenders:
        _run(contest, OURS_CHECKED, source, folder / "run", reference, other)
    for number in range(rounds):
        for contender in still_in(runs):
            run = _run(contest, contender, source, folder / "run", reference, other)
            runs[contender].append(run)
            outcome = run.failure or f"{run.seconds:.1f} s, {run.peak_mb:,.0f} MB"
            say(f"  {contest.title}, round {number + 1}: {contender.name}: {outcome}")
    reference.unlink(missing_ok=True)
    figures = tuple(Figures(contender.name, tuple(done)) for contender, done in runs.items())
    return Outcome(contest.name, contest.title, contest.note, contest.source.rows, figures)


def result_file(work: str) -> str:
    """The name of the file that comes of a work."""
    return DATA_FILE if work == INSPECT else RESULT_FILE


def _read(source: Path) -> None:
    """Once, so that the first contender finds as much of the file in memory as those after it."""
    with source.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def still_in(runs: dict[Contender, list[Run]]) -> list[Contender]:
    """Who runs in the next round: at first all, then ours, and who finished and is not far behind the first."""
    first = next(iter(runs.values()))
    most = _FAR_BEHIND * first[0].seconds if first else float("inf")
    return [
        contender
        for contender, done in runs.items()
        if contender.is_ours or all(not run.failure and run.seconds <= most for run in done)
    ]


def _run(
    contest: Contest, contender: Contender, source: Path, folder: Path, reference: Path, other: Path | None
) -> Run:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # What an earlier contender wrote is on the disk before the next one starts.
    os.sync()
    result = folder / result_file(contest.work)
    command, environment = _command(contest.work, contender, source, folder, result, other)
    run = run_once(command, folder, environment, _LIMIT_SECONDS)
    if not run.failure and not result.exists():
        run = Run(run.seconds, run.peak_mb, (folder / "log").read_text(errors="replace")[-300:])
    if not run.failure:
        _check(result, reference, f"{contest.title}: {contender.name}")
    shutil.rmtree(folder)
    return run


def _command(
    work: str, contender: Contender, source: Path, folder: Path, result: Path, other: Path | None
) -> rowmill.Command:
    if not contender.is_ours:
        return peers.command(work, source, contender, folder, result, other)
    # A file that is new to Rowmill is one of which nothing is remembered.
    facts = (folder.parent if contender.is_checked else folder) / _FACTS
    return rowmill.command(work, source, contender, folder, facts, other)


def _check(result: Path, reference: Path, whose: str) -> None:
    if not reference.exists():
        shutil.move(result, reference)
    elif not are_same(result, reference):
        raise ValueError(f"{whose} came to another result: {result} is not {reference}.")
