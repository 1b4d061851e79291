"""Logs to standard output, one line an event: time, level, origin, what happened, then key=value pairs."""

from __future__ import annotations

import json
import logging
import logging.config
import re
import time
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PLAIN = re.compile(r"[\w.:/+%@,-]+", re.ASCII)
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class LineFormatter(logging.Formatter):
    """One line whatever is in the values: a name with a newline in it cannot forge an event."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """`2026-01-02T03:04:05.678Z INFO project.jobs.service job accepted job=… input="a b.csv"`."""
        words = [self.formatTime(record), record.levelname, record.name, _one_line(record.getMessage())]
        words += [f"{key}={_value(value)}" for key, value in vars(record).items() if _is_extra(key)]
        if record.exc_info:
            words.append(f"error={json.dumps(self.formatException(record.exc_info), ensure_ascii=False)}")
        return " ".join(words)


def configuration(level: str) -> dict[str, Any]:
    """The configuration for `logging`: everything to standard output; what libraries chat about is left out."""
    quiet = ("alembic", "celery.worker.strategy", "celery.app.trace", "kombu", "werkzeug")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": LineFormatter}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"}},
        "root": {"level": level, "handlers": ["out"]},
        "loggers": {name: {"level": "WARNING"} for name in quiet}
        | {"gunicorn.error": {"level": level, "handlers": ["out"], "propagate": False}},
    }


def configure(level: str) -> None:
    """Make this process log so."""
    logging.config.dictConfig(configuration(level))


def _is_extra(key: str) -> bool:
    return key not in _STANDARD and not key.startswith(("_", "otel"))


def _value(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else _one_line(json.dumps(text, ensure_ascii=False))


def _one_line(text: str) -> str:
    return _BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
