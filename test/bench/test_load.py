"""The look-ups' load: what wrk prints is read right, and the bars are what they say."""

from __future__ import annotations

import http.server
import threading

import pytest

from bench.load import Load, ask, read_wrk, together
from bench.lookups import Row, missing, page

PRINTED = """Running 5s test @ http://127.0.0.1:8000/up
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     7.99ms    1.21ms  22.02ms   92.00%
    Req/Sec     1.01k    55.90     1.11k    86.00%
  Latency Distribution
     50%    7.80ms
     75%    8.09ms
     90%    8.60ms
     99%   13.33ms
  5018 requests in 5.01s, 2.31MB read
{}Requests/sec:   1002.23
Transfer/sec:    472.41KB
"""
REFUSED = "  Socket errors: connect 1, read 2, write 0, timeout 3\n  Non-2xx or 3xx responses: 4\n"


@pytest.mark.parametrize("trouble, errors", [("", 0), (REFUSED, 10)])
def test_what_wrk_prints_is_understood(trouble: str, errors: int) -> None:
    assert read_wrk(PRINTED.format(trouble)) == Load(5018, 5.01, errors, 0.01333)


def test_what_wrk_has_never_printed_is_not_taken_for_a_result() -> None:
    with pytest.raises(ValueError, match="something else"):
        read_wrk("unable to connect")


class Always(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/up" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.mark.parametrize("path, is_right", [("/up", True), ("/nothing", False)])
def test_without_wrk_threads_ask(path: str, is_right: bool) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Always)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    load = ask(server.server_port, path, 0.3, wrk=None)
    server.shutdown()
    thread.join()
    server.server_close()
    assert load.answers > 0 and load.p99_seconds > 0
    assert load.errors == (0 if is_right else load.answers)


def test_turns_add_up() -> None:
    assert together([Load(10, 1, 0, 0.1), Load(20, 1, 1, 0.3), Load(30, 2, 0, 0.2)]) == Load(60, 4, 1, 0.2)


@pytest.mark.parametrize(
    "load, met",
    [
        (Load(500, 1, 0, 0.3), True),
        (Load(499, 1, 0, 0.3), False),
        (Load(500, 1, 1, 0.3), False),
        (Load(500, 1, 0, 0.31), False),
    ],
)
def test_the_bars_are_half_the_rate_three_times_the_slowest_and_no_error(load: Load, met: bool) -> None:
    rows = Row("/up", Load(1000, 1, 0, 0.1)), Row("/x", load)
    assert missing(rows) == ([] if met else ["/x"])
    assert ("Missed" in page(rows)) is not met


def test_a_whole_page_may_be_slower_but_not_wrong() -> None:
    up, name = Row("/up", Load(1000, 1, 0, 0.1)), "/jobs/<id> of a job that runs"
    assert missing((up, Row(name, Load(100, 1, 0, 0.9)))) == []
    assert missing((up, Row(name, Load(100, 1, 1, 0.9)))) == [name]
