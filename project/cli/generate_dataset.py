"""`./run generate-dataset`: plays of songs by day as CSV, of any size, as a stream.

A row is drawn from one 64-bit number: its low half picks the song, the next 16 bits the day, the last 16 the plays.
All three are uniform, so that the default 100,000 songs and 336 days make 31.9 million different pairs in 100 million
rows of 26 bytes. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta
from typing import IO, ContextManager

import numpy as np
from numpy.typing import NDArray

from project.cli.arguments import caller_path, run

Bytes = NDArray[np.uint8]

HEADER = b"Song,Date,Number of Plays\n"
FIRST_DAY = date(2024, 1, 1)
DAYS = 336
MOST_PLAYS = 999
ROWS_A_CHUNK = 262_144


def main(arguments: list[str]) -> int:
    """Write the data set that the arguments describe. Raises OSError if the file cannot be written."""
    parser = argparse.ArgumentParser(prog="./run generate-dataset", description="Write plays of songs by day as CSV.")
    parser.add_argument("--rows", type=_count, default=10_000_000, help="how many rows (10,000,000)")
    parser.add_argument("--songs", type=_count, default=100_000, help="how many different songs (100,000)")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other rows (0)")
    parser.add_argument("file", metavar="FILE", help="where to write it; - is standard output")
    options = parser.parse_args(arguments)
    with _target(options.file) as target:
        target.write(HEADER)
        for chunk in chunks(options.rows, max(options.songs, 1), options.seed):
            target.write(chunk)
    return 0


def chunks(rows: int, songs: int, seed: int) -> Iterator[bytes]:
    """The rows as CSV, at most ROWS_A_CHUNK at a time."""
    source = np.random.PCG64(seed)
    tables = _table(_song_names(songs)), _table(_days()), _table(_plays())
    sizes = songs, DAYS, MOST_PLAYS
    for start in range(0, rows, ROWS_A_CHUNK):
        count = min(ROWS_A_CHUNK, rows - start)
        picks = _picks(source.random_raw(count), sizes)
        # NUL pads the shorter texts of a table; no text contains it.
        columns = [table[pick] for table, pick in zip(tables, picks, strict=True)]
        yield np.concatenate(columns, axis=1).tobytes().translate(None, b"\0")


def _picks(raw: NDArray[np.uint64], sizes: tuple[int, int, int]) -> list[NDArray[np.uint64]]:
    """Three indices a row, each below its size: a share of the bits, scaled."""
    fields = ((0, 32), (32, 16), (48, 16))
    return [
        (((raw >> np.uint64(shift)) & np.uint64((1 << bits) - 1)) * np.uint64(size)) >> np.uint64(bits)
        for (shift, bits), size in zip(fields, sizes, strict=True)
    ]


def _song_names(songs: int) -> list[str]:
    width = len(str(songs - 1))
    return [f"Song {number:0{width}}," for number in range(songs)]


def _days() -> list[str]:
    return [f"{FIRST_DAY + timedelta(days=number)}," for number in range(DAYS)]


def _plays() -> list[str]:
    return [f"{number}\n" for number in range(1, MOST_PLAYS + 1)]


def _table(texts: list[str]) -> Bytes:
    """One row a text, as bytes, padded with NUL to the longest."""
    fixed = np.array([text.encode() for text in texts])
    return fixed.view(np.uint8).reshape(len(texts), -1)


def _target(name: str) -> ContextManager[IO[bytes]]:
    if name == "-":
        return nullcontext(sys.stdout.buffer)
    return open(caller_path(name), "wb", buffering=0)


def _count(text: str) -> int:
    count = int(text.replace(",", ""))
    if not 0 <= count < 2**31 * 1000:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return count


if __name__ == "__main__":
    sys.exit(run(main))
