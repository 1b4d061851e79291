"""What a scenario is: a way to break the product, again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from chaos.arena import Arena
from chaos.material import KINDS, Kind
from chaos.postgresql import Server


class Scenario:
    """Breaks a running product. A subclass says how in `strike`, which calls `arena.struck()` for each fault."""

    name: ClassVar[str]
    a_round: ClassVar[int] = 4
    """So many faults at most meet one product."""
    variables: ClassVar[Mapping[str, str]] = {}
    excused: ClassVar[frozenset[str]] = frozenset()
    kinds: ClassVar[tuple[Kind, ...]] = KINDS
    """What the stream submits."""
    more_kinds: ClassVar[tuple[Kind, ...]] = ()
    """What the scenario itself submits beside them."""

    def __init__(self, server: Server | None = None) -> None:
        self.server = server
        """The PostgreSQL that the product is to use; None: SQLite."""

    def why_not(self) -> str | None:
        """Why it cannot be played here, or None."""
        return None

    @contextmanager
    def surroundings(self, folder: Path) -> Iterator[Path]:
        """Where the product lives; made before it starts, gone after its end."""
        folder.mkdir(parents=True, exist_ok=True)
        yield folder

    def strike(self, arena: Arena) -> None:
        """Inject one fault."""
        raise NotImplementedError

    def settle(self, arena: Arena) -> None:
        """Called when all is quiet for the first time; may submit and wait for more."""

    def breaches(self, arena: Arena) -> list[str]:
        """What this scenario promises beyond the invariants of all, and what was not kept of it."""
        return []
