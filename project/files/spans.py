"""A setting's hours in words; pure."""

from __future__ import annotations


def in_words(hours: float) -> str:
    """`24 hours`, `1 hour`, `30 minutes`, `a moment`."""
    if hours >= 1:
        return f"{hours:g} hour{'' if hours == 1 else 's'}"
    minutes = round(hours * 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes else "a moment"
