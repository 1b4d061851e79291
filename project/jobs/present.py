"""Values in the words of the pages: numbers, bytes, durations, moments and text from strangers. Pure."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime, timezone
from typing import Any

from markupsafe import Markup, escape

CELL_LIMIT = 600
"""A cell shows at most so many characters. (Previews of files are cut at 500 before.)"""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
# As they are written in programs: Unicode's own pictures of them are missing from many fonts.
_WRITTEN = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
# Invisible characters that reorder or hide text: shown by their code point, never obeyed.
_HIDING = {"Cf", "Co", "Cs", "Zl", "Zp"}


def number(value: float | None) -> str:
    """A whole number with thousands separators, or a dash."""
    return "–" if value is None else f"{value:,.0f}"


def count(text: str) -> str:
    """A number that a file holds as text, with separators; any other text as it is."""
    return f"{int(text):,}" if text.isascii() and text.isdigit() and len(text) < 20 else visible(text)


def plural(how_many: int, word: str) -> str:
    """`1 row`, `2 rows`, `0 rows`."""
    return f"{how_many:,} {word}{'' if how_many == 1 else 's'}"


def size(total: int | None) -> str:
    """Bytes in the decimal units that disks are sold in: `999 bytes`, `2.6 GB`."""
    if total is None:
        return "–"
    if total < 1000:
        return plural(total, "byte")
    value = float(total)
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def duration(seconds: float | None) -> str:
    """The two largest units that matter: `0.4 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds is None or seconds != seconds:
        return "–"
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    rest = round(seconds)
    for index, (length, unit) in enumerate(_SPANS):
        if rest >= length:
            break
    words = f"{rest // length} {unit}"
    if index + 1 < len(_SPANS):
        smaller, small_unit = _SPANS[index + 1]
        if part := rest % length // smaller:
            words += f" {part} {small_unit}"
    return words


def utc(moment: datetime) -> datetime:
    """The same moment with its zone; what carries none is UTC (SQLite forgets zones)."""
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def seconds_since(moment: datetime, now: datetime | None = None) -> float:
    """Seconds from a moment until now, never negative."""
    return max(0.0, ((now or datetime.now(timezone.utc)) - utc(moment)).total_seconds())


def exact(moment: datetime | None) -> str:
    """A moment to the second, in UTC: `2026-11-22 09:14:05 UTC`."""
    return "" if moment is None else utc(moment).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, coarse: `just now`, `40 s ago`, `3 min ago`, `2 d ago`."""
    if moment is None:
        return "–"
    seconds = seconds_since(moment, now)
    if seconds < 2:
        return "just now"
    length, unit = next(span for span in _SPANS if seconds >= span[0])
    return f"{int(seconds // length)} {unit} ago"


def visible(text: str) -> str:
    """The text with every character that cannot be seen (or that reorders others) made visible."""
    if text.isprintable():
        return text
    return "".join(character if _plain(character) else _picture(character) for character in text)


def cell(text: str | None, limit: int = CELL_LIMIT) -> Markup:
    """One cell as HTML: escaped, cut at `limit` characters, invisible characters shown and marked as shown."""
    text = text or ""
    if text.isprintable() and len(text) <= limit:
        return escape(text)
    pieces = [escape(char) if _plain(char) else _mark(char) for char in text[:limit]]
    if len(text) > limit:
        pieces.append(Markup('<span class="unseen" title="cut here: {} in all">…</span>').format(_characters(text)))
    return Markup("").join(pieces)


def title(text: str | None, limit: int = CELL_LIMIT) -> str:
    """What the cell's title says: the text up to the limit, then how long it is."""
    text = text or ""
    return visible(text) if len(text) <= limit else f"{visible(text[:limit])}… ({_characters(text)} in all)"


def recipe_text(recipe: dict[str, Any]) -> str:
    """A recipe as JSON, one step a line; invisible characters are escapes, so it reads back as the same."""
    steps = ",\n    ".join(_json(step) for step in recipe["steps"])
    fields = [f'"steps": [\n    {steps}\n  ]' if steps else '"steps": []']
    fields += [f"{_json(key)}: {_json(value)}" for key, value in recipe.items() if key != "steps"]
    return "{\n  " + ",\n  ".join(fields) + "\n}"


def looks_numeric(values: list[str]) -> bool:
    """True when every filled cell reads as a plain number, so that the column is set flush right."""
    filled = [value for value in values if value]
    return bool(filled) and all(_is_number(value) for value in filled)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if _plain(char) else json.dumps(char)[1:-1] for char in text)


def _is_number(text: str) -> bool:
    return text.isascii() and len(text) < 80 and text.lstrip("+-").replace(".", "", 1).isdigit()


def _characters(text: str) -> str:
    return plural(len(text), "character")


def _plain(character: str) -> bool:
    # What Python calls printable is plain too, so that most texts need no look at each of their characters.
    category = unicodedata.category(character)
    return category != "Cc" and category not in _HIDING


def _picture(character: str) -> str:
    return _WRITTEN.get(character) or f"[U+{ord(character):04X}]"


def _mark(character: str) -> Markup:
    return Markup('<span class="unseen" title="U+{}">{}</span>').format(f"{ord(character):04X}", _picture(character))
