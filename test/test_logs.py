"""One line an event, whatever is in it."""

from __future__ import annotations

import logging

from project.logs import LineFormatter


def line(message, **extra):
    record = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": message, "created": 0.25, "msecs": 250.0})
    vars(record).update(extra)
    return LineFormatter().format(record)


def test_an_event_is_time_level_origin_message_and_pairs():
    assert line("job accepted", job="a-1", name_="a b.csv", rows=3) == (
        '1970-01-01T00:00:00.250Z INFO x job accepted job=a-1 name_="a b.csv" rows=3'
    )


def test_nothing_can_forge_a_second_line():
    for text in ("a\nb", "a\r\nb", "a\x0bb", "a\x85b", "a\u2028b", "\x1b[2Ja"):
        told = line(text, value=text)
        assert len(told.splitlines()) == 1 and "\x1b" not in told


def test_an_error_is_told_on_the_same_line():
    try:
        raise ValueError("broken\nin two")
    except ValueError as error:
        told = line("failed", exc_info=(ValueError, error, error.__traceback__))
    assert "ValueError: broken" in told and len(told.splitlines()) == 1
