"""The filters that templates use; each is a pure function from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from project.jobs import picture, present, waiting, words


def _clock(moment: datetime) -> str:
    return present.utc(moment).strftime("%H:%M:%S")


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": present.ago,
    "cell": present.cell,
    "cell_title": present.title,
    "clock": _clock,
    "count": present.count,
    "duration": present.duration,
    "exact": present.exact,
    "number": present.number,
    "recipe_text": present.recipe_text,
    "size": present.size,
    "visible": present.visible,
    "account": picture.account,
    "advice": words.advice,
    "announcement": words.announcement,
    "inspection_announcement": words.inspection_announcement,
    "headline": words.headline,
    "pause": words.pause,
    "phase": words.phase,
    "quarter": words.quarter,
    "seconds_taken": words.seconds_taken,
    "silence": words.silence,
    "ordinal": waiting.ordinal,
    "stall": waiting.stall,
}
