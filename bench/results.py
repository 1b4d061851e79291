"""The results of a whole run, kept as JSON: the page can be written again from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from bench.figures import Outcome


@dataclass(frozen=True)
class OneByOne:
    """Jobs of 1,000 rows, one after the other: from the POST to the published file, in seconds."""

    jobs: int
    median: float
    largest: float


@dataclass(frozen=True)
class AtOnce:
    """Jobs of 1,000 rows, queued at once: from the first POST to the end of the last one, in seconds."""

    jobs: int
    workers: int
    accepted: float
    """When the last one was accepted."""
    seconds: float

    @property
    def rate(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds


@dataclass(frozen=True)
class Uploads:
    """Uploads of so many MB, in seconds: a plain copy of the body by the same server, a resumable one, a plain one."""

    megabytes: int
    copied: float
    resumable: float
    plain: float
    grown_mb: float
    """By how much the memory of the web process grew at most."""

    @property
    def share(self) -> float:
        """The rate of the slower of the two as a share of the copy's."""
        return self.copied / max(self.resumable, self.plain)


@dataclass(frozen=True)
class Enrichments:
    """In seconds: a join of so many rows with a file of so many records, and with the same records from an API; so many
    calls by the bare client, and a job that makes them."""

    rows: int
    records: int
    joined: float
    listed: float
    keys: int
    parallel: int
    bare: float
    called: float

    @property
    def list_ratio(self) -> float:
        """The list's time as a multiple of the join's."""
        return self.listed / self.joined

    @property
    def share(self) -> float:
        """The job's rate of calls as a share of the bare client's."""
        return self.bare / self.called


@dataclass(frozen=True)
class PageTimes:
    """Times of one kind of page of rows, in seconds, and the most that their 95th percentile may be; None: no bar."""

    name: str
    seconds: tuple[float, ...]
    limit: float | None

    @property
    def middle(self) -> float:
        """The median."""
        return sorted(self.seconds)[len(self.seconds) // 2]

    @property
    def p95(self) -> float:
        """That which one in twenty is above."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * 0.95))]


MAKING = "a view"


@dataclass(frozen=True)
class Pages:
    """Pages of rows, and the most memory that a process of each kind has held, in MB."""

    times: tuple[PageTimes, ...]
    memory: dict[str, float]


@dataclass(frozen=True)
class Results:
    """All that one run measured, where and when."""

    rows: int
    rounds: int
    day: str
    machine: str
    versions: str
    outcomes: tuple[Outcome, ...]
    one_by_one: OneByOne | None = None
    at_once: AtOnce | None = None
    uploads: Uploads | None = None
    pages: Pages | None = None
    enrichments: Enrichments | None = None

    def outcome(self, name: str) -> Outcome | None:
        """The contest of that name, if it was held."""
        return next((outcome for outcome in self.outcomes if outcome.name == name), None)

    def with_outcome(self, outcome: Outcome) -> Results:
        """The same, with this outcome in the place of the one of its name, or behind all others."""
        kept = {found.name: found for found in self.outcomes}
        return replace(self, outcomes=tuple({**kept, outcome.name: outcome}.values()))


_JSON = TypeAdapter(Results)


def save(results: Results, path: Path) -> None:
    """Write them as JSON."""
    path.write_bytes(_JSON.dump_json(results, indent=1) + b"\n")


def load(path: Path) -> Results:
    """Read them. Raises FileNotFoundError, or ValueError if that is something else."""
    return _JSON.validate_json(path.read_bytes())
