"""Texts in a report: long ones are cut, so that a report stays small whatever the file holds."""

from __future__ import annotations

_MOST = 500


def shown(text: str) -> str:
    """The text with no more than 500 characters."""
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
