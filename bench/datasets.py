"""The data sets: made once in the benchmark's folder, and the same bytes on every machine.

The plays are those of `./run generate-dataset`. The other ones are of use here alone.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from project.cli.generate_dataset import main as generate

WIDE_COLUMNS = 300
_ROWS_A_CHUNK = 2_000
# A text with what has to be quoted, and what is doubled in quotes.
_SENTENCES = (
    "A line, with a comma.\n",
    'She said ""again"" and went on.\n',
    "Nothing in this one is out of the ordinary, and it is a little longer than the others.\n",
    "Ünïcödé, ★ too.\r\n",
)
_SENTENCES_A_TEXT = 16
# The first tenth of the songs that are played is left out.
_FIRST_SONG, _ARTISTS, _STRIDE = 10_000, 50_000, 7919


@dataclass(frozen=True)
class Dataset:
    """A file by its kind and its number of rows."""

    kind: str
    rows: int

    @property
    def file_name(self) -> str:
        """Its name in the benchmark's folder."""
        return f"{self.kind}-{self.rows}.csv{'.gz' if self.kind == 'gzip' else ''}"


def ready(dataset: Dataset, folder: Path) -> Path:
    """The file, made if it is not there."""
    path = folder / dataset.file_name
    if not path.exists():
        part = path.with_name("part-" + path.name)
        if dataset.kind == "plays":
            generate(["--rows", str(dataset.rows), str(part)])
        elif dataset.kind == "gzip":
            _compress(ready(Dataset("plays", dataset.rows), folder), part)
        else:
            _write(part, {"wide": wide, "quoted": quoted, "songs": songs}[dataset.kind](dataset.rows))
        part.rename(path)
    return path


def wide(rows: int) -> Iterator[bytes]:
    """A header, then records of 300 numbers from 0 to 999."""
    source = np.random.PCG64(1)
    texts = [str(number) for number in range(1000)]
    yield (",".join(f"c{number}" for number in range(1, WIDE_COLUMNS + 1)) + "\n").encode()
    for start in range(0, rows, _ROWS_A_CHUNK):
        count = min(_ROWS_A_CHUNK, rows - start)
        picks = (source.random_raw(count * WIDE_COLUMNS) % np.uint64(1000)).reshape(count, WIDE_COLUMNS).tolist()
        yield "".join(",".join([texts[pick] for pick in record]) + "\n" for record in picks).encode()


def songs(rows: int) -> Iterator[bytes]:
    """A header, then as many songs, each once and in no order, nine tenths of those that are played among them."""
    yield b"Song,Artist,Year\n"
    for start in range(0, rows, _ROWS_A_CHUNK):
        # The multiplier has no divisor in common with a round number of rows, so that no song comes twice.
        numbers = [place * _STRIDE % rows for place in range(start, min(start + _ROWS_A_CHUNK, rows))]
        yield "".join(
            f"Song {_FIRST_SONG + number:05},Artist {number * _STRIDE % _ARTISTS:05},{1950 + number % 75}\n"
            for number in numbers
        ).encode()


def quoted(rows: int) -> Iterator[bytes]:
    """A header, then records of a number and a quoted text with line ends, commas and doubled quotes."""
    source = np.random.PCG64(2)
    yield b"Number,Text\n"
    for start in range(0, rows, _ROWS_A_CHUNK):
        count = min(_ROWS_A_CHUNK, rows - start)
        picks = (source.random_raw(count * _SENTENCES_A_TEXT) % np.uint64(len(_SENTENCES))).tolist()
        yield "".join(
            f'{start + place},"A text, {"".join(_SENTENCES[pick] for pick in picks[place::count])}"\n'
            for place in range(count)
        ).encode()


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)


def _compress(source: Path, path: Path) -> None:
    with source.open("rb") as plain, gzip.GzipFile(path, "wb", compresslevel=1, mtime=0) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
