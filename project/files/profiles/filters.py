"""The filters with which templates draw columns; each is a pure function from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from project.files.profiles import figures, pictures

FILTERS: dict[str, Callable[..., Any]] = {
    "spark": pictures.spark_of,
    "presence": pictures.parts_of,
    "bar_width": pictures.share,
    "percent": figures.percent,
    "value_of": figures.value,
    "label_of": figures.label,
    "characters": figures.characters,
    "distinct": figures.distinct,
    "distinct_note": figures.distinct_note,
}
