"""Spreading: the rows of a view put into parts by ranges of its keys, in one pass; each part is sorted on its own."""

from __future__ import annotations

import io
from collections.abc import Callable

import polars as pl

from project.engine import budget
from project.engine.threads import in_order as in_turn
from project.engine.viewing.files import ViewFiles
from project.engine.viewing.query import ROW, in_order, kept, keys, numbered, orders
from project.engine.viewing.sizes import Sizes
from project.engine.viewing.splitting import Splitter, splitter
from project.engine.viewing.state import part_file
from project.engine.viewing.view import ViewPlan
from project.operations.expressions import named

# So many rows of the sample a part: the parts' sizes differ by a third at most, nearly always.
_SAMPLED = 64
_LENGTH_BYTES = 8

Told = Callable[[float], None]


def spread_file(number: int) -> str:
    """The name of a part that is not in order yet."""
    return f"spread-{number:05}"


def spread(plan: ViewPlan, sizes: Sizes, total: int, files: ViewFiles, told: Told) -> tuple[int, ...]:
    """Spread the rows; how many each part has. `told` is told how far it is, and may raise."""
    where = _splitter(plan, sizes, total)
    counts = [0] * where.parts
    pieces = range(0, plan.rows, sizes.piece)

    def work(first: int) -> list[tuple[int, int, bytes]]:
        return _divided(kept(numbered(plan).slice(first, sizes.piece), plan), plan, where)

    for number, chunks in enumerate(in_turn(work, pieces, budget.threads())):
        for part, rows, data in chunks:
            files.append(spread_file(part), len(data).to_bytes(_LENGTH_BYTES) + data)
            counts[part] += rows
        told((number + 1) / len(pieces))
    return tuple(counts)


def sort_part(plan: ViewPlan, number: int, files: ViewFiles) -> None:
    """Put a part's rows in order."""
    frames = list(_chunks((files.folder / spread_file(number)).read_bytes()))
    files.write(part_file(number), in_order(pl.concat(frames).lazy(), plan).collect())
    files.remove(spread_file(number))


def _splitter(plan: ViewPlan, sizes: Sizes, total: int) -> Splitter:
    """By a sample of all over the view."""
    parts = -(-total // sizes.part)
    # Odd, so that it does not go with what repeats in the file.
    step = max(1, total // (parts * _SAMPLED)) | 1
    place = "\0place"
    frame = kept(numbered(plan), plan).with_row_index(place).filter(pl.col(place) % step == 0)
    sample = in_order(frame, plan).select(*keys(plan), ROW).collect(engine="streaming")
    return splitter(sample, [order.descending for order in orders(plan)], parts)


def _divided(frame: pl.LazyFrame, plan: ViewPlan, where: Splitter) -> list[tuple[int, int, bytes]]:
    """The rows of a piece by part: its number, how many rows, and they as bytes."""
    rows = frame.with_columns(keys(plan)).collect()
    part = "\0part"
    rows = rows.with_columns(pl.Series(part, where.parts_of(rows), dtype=pl.UInt32))
    names = [*(column.name for column in plan.columns), ROW]
    divided = []
    for chunk in rows.select(*map(named, names), part).partition_by(part, maintain_order=True):
        buffer = io.BytesIO()
        chunk.drop(part).write_ipc_stream(buffer, compression="lz4")
        divided.append((int(chunk[part][0]), chunk.height, buffer.getvalue()))
    return divided


def _chunks(data: bytes) -> list[pl.DataFrame]:
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + _LENGTH_BYTES])
        at += _LENGTH_BYTES
        found.append(pl.read_ipc_stream(io.BytesIO(data[at : at + length])))
        at += length
    return found
