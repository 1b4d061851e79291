"""How often the dialect of real files is found: `python -m bench.detection FOLDER ANSWERS.csv` names what is missed.

ANSWERS.csv has the columns file, delimiter, quote, escape and encoding; what is empty there counts for nothing. A
quote, an escape or an encoding that makes no difference to a file's fields is no miss.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from project.engine.detect import detect, read_sample
from project.engine.dialect import Dialect, DialectChoice
from project.engine.shapes import Marks, shape_of
from project.errors import RowmillError

PARTS = ("encoding", "delimiter", "quote", "escape")
_SAMPLE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """How one file is read, as somebody has found by looking at it."""

    file: str
    delimiter: str = ""
    quote: str = ""
    escape: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Verdict:
    """What was found of one file: the parts that are wrong, each in words; or why nothing was found at all."""

    answer: Answer
    misses: dict[str, str]
    fault: str = ""
    milliseconds: float = 0.0


def read_answers(path: Path) -> list[Answer]:
    """The answers in a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Answer(**{name: row.get(name) or "" for name in Answer.__annotations__}) for row in csv.DictReader(file)
        ]


def judge(folder: Path, answer: Answer) -> Verdict:
    """Detects the dialect of a file and compares it with the answer."""
    path = folder / answer.file
    start = time.perf_counter()
    try:
        found = detect(path).dialect
    except RowmillError as error:
        return Verdict(answer, {}, error.message)
    taken = (time.perf_counter() - start) * 1000
    return Verdict(answer, dict(_misses(path, found, answer)), milliseconds=taken)


def _misses(path: Path, found: Dialect, answer: Answer) -> Iterator[tuple[str, str]]:
    for part in PARTS:
        wanted, got = getattr(answer, part), getattr(found, part)
        if wanted and wanted != got and not _is_same(path, found, part, wanted):
            yield part, f"{got or 'none'} for {wanted}"


def _is_same(path: Path, found: Dialect, part: str, wanted: str) -> bool:
    """Whether the file's fields are the same with the wanted part in the place of the one that was found."""
    if part == "delimiter":
        return False
    other = found.model_copy(update={part: wanted})
    return _fields(path, found) == _fields(path, other)


def _fields(path: Path, dialect: Dialect) -> list[tuple[str, ...]] | None:
    choice = DialectChoice(encoding=dialect.encoding, compression=dialect.compression, member=dialect.member)
    try:
        sample = read_sample(path, choice, _SAMPLE_BYTES)
    except RowmillError:
        return None
    text = sample.utf8.decode("utf-8", "replace")
    marks = Marks(dialect.quote, dialect.escape, dialect.comment)
    return [record.fields for record in shape_of(text, dialect.delimiter, marks, complete=sample.complete).records]


def report(verdicts: list[Verdict]) -> Iterator[str]:
    """The counts, then the kinds of misses, then each one."""
    read = [verdict for verdict in verdicts if not verdict.fault]
    right = sum(not verdict.misses for verdict in read)
    yield f"{len(verdicts):,} files; {len(read):,} with a dialect; {right:,} right in every part"
    for part in PARTS:
        asked = [verdict for verdict in read if getattr(verdict.answer, part)]
        yield f"{part}: {sum(part not in verdict.misses for verdict in asked):,} of {len(asked):,}"
    times = sorted(verdict.milliseconds for verdict in read)
    if times:
        yield f"milliseconds a file: median {times[len(times) // 2]:.1f}, slowest {times[-1]:.0f}"
    kinds = Counter((part, words) for verdict in read for part, words in verdict.misses.items())
    yield from (f"{count:4} {part}: {words}" for (part, words), count in kinds.most_common())
    for verdict in verdicts:
        missed = ", ".join(f"{part} {words}" for part, words in verdict.misses.items())
        if verdict.fault or missed:
            yield f"- {verdict.answer.file}: {verdict.fault or missed}"


def main() -> None:
    """Measure a folder of files with known answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("answers", type=Path)
    options = parser.parse_args()
    answers = [answer for answer in read_answers(options.answers) if (options.folder / answer.file).is_file()]
    sys.stdout.writelines(f"{line}\n" for line in report([judge(options.folder, answer) for answer in answers]))


if __name__ == "__main__":
    main()
