"""Tables of Parquet files: all rows in order, in pieces that follow from what is read."""

from __future__ import annotations

from pathlib import Path
from random import Random

import polars as pl
import pytest

from project.engine import table
from project.engine.table import table_of_parquet

_RANDOM = Random(1)
_ROWS = 100
_FRAME = pl.DataFrame(
    {
        "wide": [_RANDOM.randbytes(500).hex() for _ in range(_ROWS)],
        "narrow": [str(number) for number in range(_ROWS)],
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with ten rows a group, of about 10,000 and 250 bytes, in a folder that looks like a pattern."""
    folder = tmp_path / "a[1]*"
    folder.mkdir()
    _FRAME.write_parquet(folder / "rows.parquet", row_group_size=10)
    return folder / "rows.parquet"


@pytest.mark.parametrize(
    ("read", "piece_bytes", "pieces"),
    [
        (("wide", "narrow"), 1, 10),
        (("wide", "narrow"), 25_000, 5),
        (("wide",), 1_000_000, 1),
        (("narrow",), 25_000, 1),
        (("narrow",), 1, 10),
    ],
)
def test_pieces_hold_as_many_groups_as_fit(path: Path, read: tuple[str, ...], piece_bytes: int, pieces: int) -> None:
    found = table_of_parquet(path, read, piece_bytes)
    assert (found.names, found.rows, found.pieces) == (("wide", "narrow"), _ROWS, pieces)
    loaded = [found.load(piece, read) for piece in range(found.pieces)]
    assert {frame.height for frame in loaded} == {_ROWS // pieces}
    assert pl.concat(loaded).equals(_FRAME.select(read))


def test_pieces_hold_so_many_rows_at_most(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_MOST_PIECE_ROWS", 35)
    found = table_of_parquet(path, ("narrow",), 1_000_000)
    assert [found.load(piece, ("narrow",)).height for piece in range(found.pieces)] == [30, 30, 30, 10]


def test_a_file_without_rows_is_one_piece(tmp_path: Path) -> None:
    _FRAME.clear().write_parquet(tmp_path / "none.parquet")
    found = table_of_parquet(tmp_path / "none.parquet", ("wide",), 1)
    assert (found.rows, found.pieces) == (0, 1)
    assert found.load(0, ("wide",)).equals(_FRAME.clear().select("wide"))
