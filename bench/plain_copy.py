"""A web application that writes the body of each request to a file, and does nothing else: the measure of uploads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_BLOCK_BYTES = 256 * 1024


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers when the last byte is written; it may not be on the disk yet."""
    left, body = int(environ.get("CONTENT_LENGTH") or 0), environ["wsgi.input"]
    with (Path(os.environ["DATA_DIR"]) / "copy").open("wb", buffering=0) as file:
        while left and (block := body.read(min(left, _BLOCK_BYTES))):
            file.write(block)
            left -= len(block)
    start_response("204 No Content", [])
    return []
