"""The state of a view, as its folder tells it: what of its rows is there already, and in which files."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

PLAN_FILE = "plan.json"
STATE_FILE = "state.json"
HEAD_FILE = "head.parquet"
LOCK_FILE = "lock"
# Whoever looks at the view touches the first, and writes into the second which part is needed.
ASKED_FILE = "asked"
WISH_FILE = "wish"


def part_file(number: int) -> str:
    """The name of a part that is in order."""
    return f"part-{number:05}.parquet"


@dataclass(frozen=True)
class Stretch:
    """So many rows of one file, from that one on. `part`: its number, or None for the head."""

    name: str
    offset: int
    rows: int
    part: int | None = None


class State(BaseModel):
    """`head`: how many rows the head has, the first of the view; `parts`: how many each part has, from the beginning.

    `total` is known before the parts are. Once `is_whole`, there are no more parts.
    """

    model_config = ConfigDict(frozen=True)

    head: int = 0
    total: int | None = None
    parts: tuple[int, ...] = ()
    is_whole: bool = False
    fraction: float = 0.0
    is_waiting: bool = False
    """Whether it has not begun, because other views are being made."""
    failure: str = ""

    def stretches(self, offset: int, limit: int) -> tuple[Stretch, ...] | None:
        """Where these rows lie, as far as the view goes; None: they are not there yet."""
        end = offset + limit if self.total is None else min(offset + limit, self.total)
        if end <= self.head or (self.is_whole and not self.parts):
            return (Stretch(HEAD_FILE, offset, max(0, min(end, self.head) - offset)),)
        if not self.is_whole and end > sum(self.parts):
            return None
        return tuple(self._in_parts(offset, end))

    def _in_parts(self, offset: int, end: int) -> Iterator[Stretch]:
        first = 0
        for number, rows in enumerate(self.parts):
            low, high = max(offset, first), min(end, first + rows)
            if low < high:
                yield Stretch(part_file(number), low - first, high - low, number)
            first += rows


def load_state(folder: Path) -> State | None:
    """None if nothing is there yet."""
    try:
        return State.model_validate_json((folder / STATE_FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def save(path: Path, text: str) -> None:
    """The file appears whole or not at all. A cache need not outlive the machine."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
