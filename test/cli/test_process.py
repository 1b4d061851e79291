"""`process` and `status` against a product that answers over real HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

JOB: dict[str, Any] = {
    "id": "5f1c",
    "state": "queued",
    "attempt": 0,
    "input": "in.csv",
    "output": "out.csv",
    "recipe": {"steps": []},
    "progress": {"phase": None, "bytes_read": None, "fraction": None},
    "ledger": None,
    "error": None,
}
LEDGER = {"read": 3, "kept": 2, "rejected": 1, "blank": 0, "steps": [], "written": 2}
SUCCEEDED = {**JOB, "state": "succeeded", "ledger": LEDGER}
FAILED = {**JOB, "state": "failed", "error": {"code": "disk_full", "message": "The disk is full."}}


class Product(ThreadingHTTPServer):
    """Answers each request with the next of `answers`, the last one again and again; keeps what was sent."""

    answers: list[tuple[int, object]]
    sent: list[object]


class Handler(BaseHTTPRequestHandler):
    server: Product

    def do_GET(self) -> None:
        answers = self.server.answers
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        data = json.dumps(body).encode() if not isinstance(body, bytes) else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        self.server.sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product(("127.0.0.1", 0), Handler)
    server.answers, server.sent = [], []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def call(product: Product | None, command: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    url = f"http://127.0.0.1:{product.server_port}" if product else "http://127.0.0.1:1"
    environment = {"ROWMILL_URL": url, "CALLER_FOLDER": str(folder), "DATA_DIR": str(folder / "data")}
    environment["STATE_DIR"] = str(folder / "state")
    return subprocess.run(
        [sys.executable, "-m", f"project.cli.{command}", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_job_that_succeeds_prints_its_ledger(product: Product, tmp_path: Path) -> None:
    running = {**JOB, "state": "running", "progress": {"phase": "working", "fraction": 0.5}}
    product.answers = [(202, JOB), (200, running), (200, SUCCEEDED)]
    done = call(product, "process", "in.csv", "out.csv", folder=tmp_path)
    assert done.stdout == "3 read, 2 kept, 1 rejected, 0 blank\n2 written to out.csv\n"
    assert done.stderr == "Job 5f1c\n"
    assert done.returncode == 0
    assert product.sent == [{"input": "in.csv", "output": "out.csv"}]


def test_json_is_the_whole_job_and_nothing_else(product: Product, tmp_path: Path) -> None:
    product.answers = [(202, SUCCEEDED)]
    done = call(product, "process", "in.csv", "out.csv", "--json", folder=tmp_path)
    assert json.loads(done.stdout) == SUCCEEDED


@pytest.mark.parametrize("state", [FAILED, {**JOB, "state": "cancelled"}])
def test_a_job_that_does_not_succeed_exits_with_1(state: dict[str, Any], product: Product, tmp_path: Path) -> None:
    product.answers = [(202, JOB), (200, state)]
    done = call(product, "process", "in.csv", "out.csv", folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(state["state"])


def test_a_product_that_is_away_for_a_moment_is_waited_for(product: Product, tmp_path: Path) -> None:
    product.answers = [(202, JOB), (503, {"detail": "The database does not answer."}), (200, SUCCEEDED)]
    assert call(product, "process", "in.csv", "out.csv", folder=tmp_path).returncode == 0


def test_a_recipe_file_is_sent_as_json_and_a_name_as_it_is(product: Product, tmp_path: Path) -> None:
    recipe = {"steps": [{"operation": "sort", "by": ["Song"]}]}
    (tmp_path / "mine.json").write_text(json.dumps(recipe))
    product.answers = [(202, SUCCEEDED)]
    call(product, "process", "in.csv", "out.csv", "--recipe", "mine.json", folder=tmp_path)
    call(product, "process", "in.csv", "out.csv", "--recipe", "clean-copy", folder=tmp_path)
    assert [order["recipe"] for order in product.sent if isinstance(order, dict)] == [recipe, "clean-copy"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "There is no recipe file mine.json."), ("{", "The recipe file mine.json is not JSON")],
)
def test_a_recipe_file_that_cannot_be_used_is_a_usage_error(content: str | None, sentence: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "mine.json").write_text(content)
    done = call(None, "process", "in.csv", "out.csv", "--recipe", "mine.json", folder=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_refusal_is_shown_in_the_products_own_words(product: Product, tmp_path: Path) -> None:
    product.answers = [(404, {"title": "Not Found", "detail": "There is no file “in.csv”.", "code": "not_found"})]
    done = call(product, "process", "in.csv", "out.csv", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, "There is no file “in.csv”.\n")


def test_no_product_is_told_with_the_way_to_start_it(tmp_path: Path) -> None:
    for command in (["process", "in.csv", "out.csv"], ["status", "5f1c"]):
        done = call(None, *command, folder=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith("No Rowmill answers at http://127.0.0.1:1 (")
        assert "Start it with ./run up" in done.stderr


def test_something_else_that_answers_is_not_taken_for_rowmill(product: Product, tmp_path: Path) -> None:
    product.answers = [(200, b"<html>hello</html>")]
    done = call(product, "status", "5f1c", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, "Something answered there, but it is not Rowmill: set ROWMILL_URL.\n")


def test_missing_arguments_are_a_usage_error(tmp_path: Path) -> None:
    assert call(None, "process", "in.csv", folder=tmp_path).returncode == 2
    assert call(None, "status", folder=tmp_path).returncode == 2


def test_status_shows_a_job_that_runs_and_one_that_ended(product: Product, tmp_path: Path) -> None:
    product.answers = [(200, {**JOB, "state": "running", "progress": {"fraction": 0.25}})]
    done = call(product, "status", "5f1c", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout == "5f1c  running  in.csv -> out.csv\nrunning [######------------------]  25%\n"
    product.answers = [(200, FAILED)]
    done = call(product, "status", "5f1c", folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout == "5f1c  failed  in.csv -> out.csv\nfailed: The disk is full.\n"
    assert json.loads(call(product, "status", "5f1c", "--json", folder=tmp_path).stdout) == FAILED
