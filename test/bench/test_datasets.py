"""The data sets: as many records as asked for, of the shape that they are to have, always the same."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.datasets import Dataset, quoted, ready, songs, wide


def records(pieces: Iterator[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(pieces).decode(), newline="")))


@pytest.mark.parametrize("make, columns", [(wide, 300), (quoted, 2), (songs, 3)])
@pytest.mark.parametrize("rows", [0, 5, 2_001])
def test_there_are_as_many_records_as_asked_for(
    make: Callable[[int], Iterator[bytes]], columns: int, rows: int
) -> None:
    found = records(make(rows))
    assert len(found) == 1 + rows
    assert {len(record) for record in found} == {columns}


def test_texts_have_line_ends_delimiters_and_quotes() -> None:
    texts = [text for _, text in records(quoted(50))[1:]]
    assert all("\n" in text and "," in text for text in texts)
    assert any('"again"' in text for text in texts) and any("\r\n" in text for text in texts)


def test_no_song_comes_twice_and_most_of_those_that_are_played_are_there() -> None:
    found = {song for song, *_ in records(songs(100_000))[1:]}
    assert len(found) == 100_000
    assert len(found & {f"Song {number:05}" for number in range(100_000)}) == 90_000


def test_a_gzip_holds_the_plays_and_is_made_once(tmp_path: Path) -> None:
    packed, plain = ready(Dataset("gzip", 500), tmp_path), ready(Dataset("plays", 500), tmp_path)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    packed.write_bytes(b"kept")
    assert ready(Dataset("gzip", 500), tmp_path).read_bytes() == b"kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gzip-500.csv.gz", "plays-500.csv"]
