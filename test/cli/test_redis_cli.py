"""`redis-cli`, where only a server is at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from project.cli.redis_cli import shown
from project.cli.redis_server import RedisServer


def call(state: Path, *arguments: str, stdin: str = "", path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "STATE_DIR": str(state),
        "DATA_DIR": str(state / "data"),
        "REDIS_URL": "",
        "PATH": path,
    }
    command = [sys.executable, "-m", "project.cli.redis_cli", *arguments]
    return subprocess.run(
        command, env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=60
    )


def test_one_command_is_answered(own_redis: RedisServer, tmp_path: Path) -> None:
    assert call(tmp_path, "set", "song", "In The End").stdout == "OK\n"
    assert call(tmp_path, "get", "song").stdout == "In The End\n"
    assert call(tmp_path, "get", "nothing").stdout == "(nil)\n"


def test_commands_are_read_line_by_line(own_redis: RedisServer, tmp_path: Path) -> None:
    done = call(tmp_path, stdin="rpush songs 'In The End' Umbrella\n\nlrange songs 0 -1\nexit\nget never\n")
    assert done.stdout == "(integer) 2\n1) In The End\n2) Umbrella\n"


def test_an_error_of_redis_is_shown(own_redis: RedisServer, tmp_path: Path) -> None:
    done = call(tmp_path, "nonsense")
    assert done.returncode == 1
    assert done.stderr.startswith("(error) ")


def test_a_client_on_the_path_is_preferred(own_redis: RedisServer, tmp_path: Path) -> None:
    client = tmp_path / "bin" / "valkey-cli"
    client.parent.mkdir()
    client.write_text('#!/bin/sh\necho "$@"\n')
    client.chmod(0o755)
    done = call(tmp_path, "ping", path=f"{client.parent}")
    assert done.stdout == f"--no-auth-warning -u {own_redis.url} ping\n"


def test_without_a_redis_there_is_a_sentence(tmp_path: Path) -> None:
    done = call(tmp_path, "ping")
    assert (done.returncode, done.stderr) == (
        2,
        "No Redis is known: start Rowmill with ./run up, or set REDIS_URL.\n",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "OK"),
        (7, "(integer) 7"),
        ("text", "text"),
        ([], "(empty)"),
        ({"a": 1}, "a: (integer) 1"),
        (None, "(nil)"),
    ],
)
def test_every_kind_of_answer_has_a_form(value: object, text: str) -> None:
    assert shown(value) == text
