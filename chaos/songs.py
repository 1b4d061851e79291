"""What is known of songs beside their plays: what the API answers of each, and what the other file of a join says."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from project.operations.enrich import ANSWER_KEY

SONGS = 2_000
COLUMNS = ("title", "rating")
FILE = "songs.csv"
ANSWERS = "answers.parquet"
# The other file knows nothing of one in so many.
_UNKNOWN = 7


def known(song: str) -> tuple[str, str]:
    """The texts of COLUMNS; a rating has digits that would go lost in a number."""
    return f"The title of {song}", f"{song.rpartition(' ')[2].lstrip('0') or 0}.10"


def body(song: str) -> bytes:
    """What the API answers."""
    title, rating = known(song)
    return f'{{"title": "{title}", "rating": {rating}}}'.encode()


def in_file(song: str) -> tuple[str, str]:
    """What a left join brings in of FILE."""
    return ("", "") if int(song.rpartition(" ")[2]) % _UNKNOWN == 0 else known(song)


def write(path: Path) -> None:
    """Write FILE, or the table that is left of all answers."""
    if path.name == ANSWERS:
        rows = [(song, *known(song)) for song in _names()]
        pl.DataFrame(rows, schema=[ANSWER_KEY, *COLUMNS], orient="row").write_parquet(path)
        return
    with path.open("w", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(["id", *COLUMNS])
        lines.writerows([song, *known(song)] for song in _names() if in_file(song)[0])


def _names() -> Iterable[str]:
    return (f"Song {number:0{len(str(SONGS - 1))}}" for number in range(SONGS))
