"""The stages of a job, and what part of the whole each of them takes; pure."""

from __future__ import annotations

from dataclasses import dataclass

COLLECTING = "collecting"
"""The phase in which the keys for an API are collected."""
CALLING = "calling"
"""The phase in which an API is called."""


@dataclass(frozen=True)
class Span:
    """A stage's part of the whole job, from `begin` to `end` (0 to 1). `phase`: what the stage is called; None: what
    its process says."""

    begin: float = 0.0
    end: float = 1.0
    phase: str | None = None

    def of(self, fraction: float) -> float:
        """How much of the whole job is done when so much of the stage is."""
        return self.begin + (self.end - self.begin) * min(max(fraction, 0.0), 1.0)


@dataclass(frozen=True)
class Spans:
    """Of the three stages; a stage that a job has not takes nothing."""

    keys: Span
    fetch: Span
    engine: Span


def spans(*, has_keys: bool, has_fetch: bool) -> Spans:
    """Calls take the longest, as a rule; how long nobody knows before."""
    first = 0.15 if has_keys else 0.0
    second = first + (0.6 if has_fetch else 0.0)
    return Spans(Span(0.0, first, COLLECTING), Span(first, second, CALLING), Span(second, 1.0))
