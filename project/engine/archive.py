"""The archive: what checks of files have found, kept in a folder from job to job.

It is a cache: its files may vanish at any moment, one that does not read as it was written counts as none, and where
there is no room or no right to write, nothing is remembered. What has not been used for longest makes room.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

from pydantic import ValidationError

from project.engine.checked import CheckedInput
from project.engine.dialect import Dialect
from project.engine.facts import Facts, facts_of
from project.engine.plan import Plan

# A smaller file is checked in a fraction of a second.
WORTH_REMEMBERING_BYTES = 512 * 1024
_MOST_ENTRIES = 256
_MOST_BYTES = 64 * 1024 * 1024

# Raised when a change beside the sources below makes what an older engine has remembered unusable.
_FORMAT = 1
# What decides over a record. With other sources, nothing is remembered.
_RULES = (
    "bits.py", "blocks.py", "check.py", "desk.py", "feed.py", "fields.py", "header.py", "scan.py", "scanner.py",
    "seals.py", "survey.py", "vectors.py",
)  # fmt: skip

_SAMPLE_BYTES = 64 * 1024
_SAMPLES = 64


@dataclass(frozen=True)
class Entry:
    """Where the facts of one file, as it is now and is read with one dialect, are kept."""

    path: Path

    def recall(self) -> Facts | None:
        """The facts, if they are kept."""
        try:
            digest, _, text = self.path.read_bytes().partition(b"\n")
            if digest != _digest(text):
                return None
            facts = Facts.model_validate_json(text)
            os.utime(self.path)
        except (OSError, ValidationError):
            return None
        return facts

    def keep(self, checked: CheckedInput, range_bytes: int) -> None:
        """Remember what a check has found, if it is worth it, beside what is known."""
        facts = facts_of(checked, range_bytes)
        if facts is None:
            return
        if (earlier := self.recall()) is not None:
            facts = facts.and_of(earlier)
        text = facts.model_dump_json().encode()
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(self.path, _digest(text) + b"\n" + text)
            _bound(self.path.parent)
        except OSError:
            # What was checked is checked all the same.
            return


def entry_of(plan: Plan, dialect: Dialect) -> Entry | None:
    """Where the facts of the plan's input are kept; None for a file that is never read where it stands, or small."""
    if plan.facts is None or not dialect.is_plain:
        return None
    with plan.input.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size < WORTH_REMEMBERING_BYTES:
            return None
        # Not the device: its number may be another after a restart of the system.
        known = (_FORMAT, _rules(), status.st_ino, status.st_size, status.st_mtime_ns, dialect.model_dump_json())
        name = blake2b(repr(known).encode(), digest_size=20)
        for sample in _samples(file.fileno(), status.st_size):
            name.update(sample)
    return Entry(plan.facts / f"{name.hexdigest()}.json")


def _samples(descriptor: int, size: int) -> Iterable[bytes]:
    """Head, tail and places between them that are spread evenly but not regularly; all of a file that is no larger."""
    if size <= _SAMPLES * _SAMPLE_BYTES:
        offsets = [*range(0, size, _SAMPLE_BYTES)]
    else:
        last = size - _SAMPLE_BYTES
        # Multiples of the golden ratio, without what is before their point.
        spread = [number * 0x9E3779B97F4A7C15 % 2**64 * last // 2**64 for number in range(1, _SAMPLES - 1)]
        offsets = [0, *spread, last]
    return (os.pread(descriptor, _SAMPLE_BYTES, offset) for offset in offsets)


@cache
def _rules() -> str:
    sources = (Path(__file__).with_name(name).read_bytes() for name in _RULES)
    return blake2b(b"".join(sources), digest_size=8).hexdigest()


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).hexdigest().encode()


def _replace(path: Path, data: bytes) -> None:
    """The file appears whole or not at all; another engine may be writing it too."""
    descriptor, new = tempfile.mkstemp(dir=path.parent, suffix=".new")
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(new, path)
    except OSError:
        os.unlink(new)
        raise


def _bound(folder: Path) -> None:
    """Remove what was used the longest ago, until no more is left than may be."""
    with os.scandir(folder) as found:
        files = sorted(((entry.stat(), entry.path) for entry in found), key=lambda file: -file[0].st_mtime_ns)
    taken = 0
    for number, (status, path) in enumerate(files):
        taken += status.st_size
        if number >= _MOST_ENTRIES or taken > _MOST_BYTES:
            Path(path).unlink(missing_ok=True)
