"""An API that tells of songs, counts what it is asked for, and can be held: then it neither counts nor answers."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote

from chaos import songs

CALL_SECONDS = 0.004


class CountingApi:
    """On a free port of the loopback address while it is entered; `/<anything>/<song>` is a song."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        """How often each path was asked for."""
        self._gate = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile whoever asks waits, and is not counted yet."""
        with self._gate:
            yield

    def answer(self, path: str) -> bytes:
        """Count a call, and answer it."""
        with self._gate:
            self.hits[path] += 1
        time.sleep(CALL_SECONDS)
        return songs.body(unquote(path.rpartition("/")[2]))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Connections are kept open: who is asked to end does not wait for them.
    block_on_close = False

    def __init__(self, api: CountingApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """That who asked was killed is no error of this one's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        body = self.server.api.answer(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""
