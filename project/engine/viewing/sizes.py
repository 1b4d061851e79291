"""Sizes: how many rows the pieces and parts of a view have, so that some of them fit into the budget."""

from __future__ import annotations

from dataclasses import dataclass

from project.engine import budget
from project.engine.viewing.query import numbered
from project.engine.viewing.view import ViewPlan

# A page of a part is there within some hundred milliseconds, its sorting included.
_MOST_PART_ROWS = 1 << 17
_MOST_PIECE_ROWS = 1 << 21
_MOST_PARTS = 2048
_HEAD_ROWS = 1000
_LEAST_HEAD_ROWS = 10
_PAGE_ROWS = 100
# To look through fewer rows at a time takes longer for all of them.
_LEAST_STRETCH_ROWS = 1 << 20
_STRETCHES = 16
_PLACES, _ROWS_A_PLACE = 8, 64


@dataclass(frozen=True)
class Sizes:
    """In rows. `piece`: what one thread reads at a time; `part`: what is sorted at once; `head`: the first rows, of
    which a `page` is shown before the others are found; `stretch`: what is looked through for them at a time."""

    piece: int
    part: int
    head: int
    page: int
    stretch: int


def sizes(plan: ViewPlan) -> Sizes:
    """Chosen by how many bytes the rows have at some places of the file."""
    row_bytes = _row_bytes(plan)
    most = max(1, budget.part_bytes(plan.memory_mb) // row_bytes)
    head = max(_LEAST_HEAD_ROWS, min(_HEAD_ROWS, most))
    return Sizes(
        piece=min(_MOST_PIECE_ROWS, most),
        part=max(min(_MOST_PART_ROWS, most), plan.rows // _MOST_PARTS),
        head=head,
        page=min(_PAGE_ROWS, head),
        stretch=max(_LEAST_STRETCH_ROWS, plan.rows // _STRETCHES),
    )


def _row_bytes(plan: ViewPlan) -> int:
    step = max(1, plan.rows // _PLACES)
    frame = numbered(plan)
    found = [frame.slice(first, _ROWS_A_PLACE).collect() for first in range(0, plan.rows, step)]
    rows = sum(each.height for each in found)
    # A text takes a view and its bytes.
    return 1 + int(sum(each.estimated_size() for each in found) / max(1, rows)) + 16 * len(plan.columns)
