"""DuckDB's ways."""

from __future__ import annotations

import os
from collections.abc import Callable

import duckdb

_PLAYS = "read_csv(?, types = {'Song': 'VARCHAR', 'Date': 'VARCHAR'})"
_TEXTS = "read_csv(?, all_varchar = true)"
# DuckDB keeps no order of rows that are equal, so the row number decides; it is the same file then.
_NUMBERED = f"SELECT *, row_number() OVER () AS place FROM {_PLAYS}"


def _sums(keys: str) -> str:
    return f'SELECT {keys}, sum("Number of Plays") AS Total FROM {_PLAYS} GROUP BY {keys} ORDER BY {keys}'


def _work(query: str) -> Callable[[str, str], None]:
    def carry_out(source: str, result: str) -> None:
        connection = duckdb.connect()
        if limit := os.environ.get("BENCH_MEMORY_MB"):
            connection.execute(f"SET memory_limit = '{limit}MB'")
        connection.execute(f"SET temp_directory = '{os.environ['BENCH_SPILL']}'")
        connection.execute(f"COPY ({query}) TO '{result}' (HEADER)", [source])

    return carry_out


def _join(source: str, result: str) -> None:
    songs = f"read_csv('{os.environ['BENCH_OTHER']}', all_varchar = true)"
    # A join gives the rows in another order, so their number decides.
    plays = f"SELECT *, row_number() OVER () AS place FROM {_TEXTS}"
    joined = f"SELECT p.*, s.Artist, s.Year FROM ({plays}) p LEFT JOIN {songs} s ON p.Song = s.Song"
    _work(f"SELECT * EXCLUDE (place) FROM ({joined}) ORDER BY place")(source, result)


WORKS = {
    "total": _work(_sums("Song, Date")),
    "by-date": _work(_sums("Date")),
    "sort": _work(f"SELECT * EXCLUDE (place) FROM ({_NUMBERED}) ORDER BY Song, Date, place"),
    "filter": _work(f'SELECT * FROM {_PLAYS} WHERE "Number of Plays" > 900'),
    "wide": _work(f"SELECT * FROM {_TEXTS} WHERE c150::DOUBLE > 500"),
    "copy": _work("SELECT * FROM read_csv(?, all_varchar = true, parallel = false)"),
    "join": _join,
}
