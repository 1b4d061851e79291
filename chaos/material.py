"""The files that the jobs read, the kinds of jobs, and what each result has to be, computed without the engine."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos import songs
from config.settings import ROOT
from project.cli.generate_dataset import main as generate
from project.engine.plan import PLAN_FILE, REJECTS_FILE, RESULT_FILE, Plan, StepTable
from project.operations.recipe import Recipe
from project.recipes.built_in import BUILT_IN

COUNT = "Number of Plays"
TOTAL = "Total Number of Plays for Date"
MANY = 900
# One row in so many has a field too many.
BROKEN = 997
# And in these files, one in that many; 0: none; 1: nearly all.
_EVERY = {"clean.csv": 0, "rejected.csv": 1}
_HEAD = 1000
MEMORY_MB = 256
ROWS = {"small.csv": 20_000, "medium.csv": 200_000, "large.csv": 800_000}
# Of a size whose finished parts the engine keeps for the next attempt.
ROWS |= {"huge.csv": 2_800_000, "clean.csv": 300_000, "rejected.csv": 100_000}


def _filter(least: int) -> dict[str, Any]:
    return {"steps": [{"operation": "filter", "where": [{"column": COUNT, "test": "gt", "value": least}]}]}


_FILTER = _filter(MANY)


@dataclass(frozen=True)
class Kind:
    """A kind of job. `ending`: the state that it has to end in, unless it is cancelled.

    `other`: what its step matches rows with, a file or the table of all answers.
    """

    name: str
    input: str
    recipe: dict[str, Any]
    ending: str = "succeeded"
    is_cancelled: bool = False
    other: str = ""


_COPY: dict[str, Any] = {"steps": []}
_SUM = BUILT_IN[0].recipe.to_json()
_SORT: dict[str, Any] = {"steps": [{"operation": "sort", "by": ["Song", "Date"]}]}
_DAYS = {"function": "count_distinct", "column": COUNT, "as": TOTAL}
_DAILY: dict[str, Any] = {
    "steps": [{"operation": "aggregate", "group_by": ["Song", "Date"], "measures": [_DAYS]}, *_SORT["steps"]]
}
# For scenarios that ask for them: their files take longer to make, or are full of rejects.
HUGE = Kind("huge", "huge.csv", _FILTER)
CLEAN = Kind("clean", "clean.csv", _COPY)
# All rows pass, but nobody can tell that before: the room for the result is not looked at.
PASSED = Kind("passed", "clean.csv", _filter(-1))
SPILLED = Kind("spilled", "clean.csv", _SORT)
REJECTED = Kind("rejected", "rejected.csv", _COPY)
# In so little memory, many parts.
SORTED = Kind("sorted", "huge.csv", _SORT)
DAILY = Kind("daily", "huge.csv", _DAILY)
# So many calls at once.
PARALLEL = 4
_API = {"url": "http://127.0.0.1/{Song}", "parallel": PARALLEL}
_ENRICH = {"operation": "enrich", "api": _API, "column": "Song", "columns": list(songs.COLUMNS)}
_JOIN = {"operation": "join", "file": songs.FILE, "on": [{"left": "Song", "right": "id"}]}
ENRICHED = Kind("enriched", "large.csv", {"steps": [_ENRICH]}, other=songs.ANSWERS)
JOINED = Kind("joined", "large.csv", {"steps": [{**_JOIN, "columns": list(songs.COLUMNS)}]}, other=songs.FILE)
KINDS = (
    Kind("copy", "medium.csv", _COPY),
    Kind("filter", "medium.csv", _FILTER),
    Kind("total", "medium.csv", _SUM),
    Kind("large", "large.csv", _SUM),
    Kind("small", "small.csv", _FILTER),
    Kind("failing", "small.csv", {**_COPY, "max_rejects": 0}, ending="failed"),
    Kind("ended", "large.csv", _SUM, is_cancelled=True),
)


@dataclass(frozen=True)
class Material:
    """Where the input files lie, and the digests (result, rejects) of each kind that succeeds."""

    folder: Path
    expected: dict[str, tuple[str, str | None]] = field(default_factory=dict)


def prepare(folder: Path, kinds: Iterable[Kind] = KINDS) -> Material:
    """Make their files, and let an undisturbed engine agree with plain Python about every result."""
    folder.mkdir(parents=True, exist_ok=True)
    material = Material(folder)
    for kind in kinds:
        if not (folder / kind.input).exists():
            seed = list(ROWS).index(kind.input)
            _write_broken(folder / kind.input, ROWS[kind.input], seed, _EVERY.get(kind.input, BROKEN))
        if kind.other and not (folder / kind.other).exists():
            songs.write(folder / kind.other)
        if kind.ending == "succeeded":
            material.expected[kind.name] = _undisturbed(folder, kind)
    return material


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_broken(path: Path, rows: int, seed: int, every: int) -> None:
    generate(["--rows", str(rows), "--songs", str(songs.SONGS), "--seed", str(seed), str(path)])
    if not every:
        return
    lines = path.read_text().splitlines()
    whole = 1 if every > 1 else _HEAD
    broken = (
        f"{line},one too many" if number >= whole and number % every == 1 % every else line
        for number, line in enumerate(lines)
    )
    path.write_text("\n".join(broken) + "\n")


def _undisturbed(folder: Path, kind: Kind) -> tuple[str, str | None]:
    work = folder / "undisturbed"
    work.mkdir(exist_ok=True)
    for name in (RESULT_FILE, REJECTS_FILE):
        (work / name).unlink(missing_ok=True)
    source = folder / kind.input
    recipe = Recipe.parse(kind.recipe)
    plan = Plan(
        job_id="x",
        attempt=1,
        input=source,
        input_name=source.name,
        folder=work,
        recipe=recipe,
        tables=_tables(folder, kind),
        memory_mb=MEMORY_MB,
        spill_mb=1000,
        output_mb=1000,
    )
    (work / PLAN_FILE).write_text(plan.model_dump_json(by_alias=True, exclude_none=True))
    command = [sys.executable, "-m", "project.engine", str(work / PLAN_FILE)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as engine:
        if engine.wait(120) != 0:
            raise RuntimeError(f"An engine that nobody disturbs ends with {engine.returncode}.")
    oracle = hashlib.sha256(_ORACLES[kind.name](source).encode()).hexdigest()
    if digest(work / RESULT_FILE) != oracle:
        raise RuntimeError(f"The engine and plain Python differ about “{kind.name}”.")
    return oracle, digest(work / REJECTS_FILE) if (work / REJECTS_FILE).exists() else None


def _tables(folder: Path, kind: Kind) -> tuple[StepTable, ...]:
    if not kind.other:
        return ()
    return (StepTable(step=0, path=folder / kind.other, name=kind.other, columnar=kind.other == songs.ANSWERS),)


def _rows(path: Path) -> Iterable[list[str]]:
    with path.open(newline="") as stream:
        yield from (row for row in csv.reader(stream) if len(row) == 3)


def _text(rows: Iterable[Iterable[object]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def _copy(path: Path) -> str:
    return _text(_rows(path))


def _chosen(path: Path) -> str:
    return _text(row for row in _rows(path) if row[2] == COUNT or int(row[2]) > MANY)


def _sum(path: Path) -> str:
    totals: Counter[tuple[str, str]] = Counter()
    for song, day, plays in _rows(path):
        if plays != COUNT:
            totals[song, day] += int(plays)
    return _text([("Song", "Date", TOTAL), *((*key, totals[key]) for key in sorted(totals))])


def _different(path: Path) -> str:
    values: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for song, day, plays in _rows(path):
        if plays != COUNT:
            values[song, day].add(plays)
    return _text([("Song", "Date", TOTAL), *((*key, len(values[key])) for key in sorted(values))])


def _sort(path: Path) -> str:
    header, *rows = _rows(path)
    return _text([header, *sorted(rows, key=lambda row: row[:2])])


def _with(path: Path, brought: Callable[[str], tuple[str, ...]]) -> str:
    header, *rows = _rows(path)
    return _text([[*header, *songs.COLUMNS], *([*row, *brought(row[0])] for row in rows)])


def _enrich(path: Path) -> str:
    return _with(path, songs.known)


def _join(path: Path) -> str:
    return _with(path, songs.in_file)


_ORACLES: dict[str, Callable[[Path], str]] = {
    "copy": _copy,
    "filter": _chosen,
    "total": _sum,
    "large": _sum,
    "small": _chosen,
    "ended": _sum,
    HUGE.name: _chosen,
    CLEAN.name: _copy,
    PASSED.name: _copy,
    SPILLED.name: _sort,
    REJECTED.name: _copy,
    SORTED.name: _sort,
    DAILY.name: _different,
    ENRICHED.name: _enrich,
    JOINED.name: _join,
}
