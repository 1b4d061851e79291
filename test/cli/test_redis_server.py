"""The Redis that comes along: private, durable, and readable in its log."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from project.cli import redis_server
from project.cli.redis_server import RedisServer
from project.cli.supervise import Supervisor
from project.errors import UnavailableError


def test_it_keeps_what_it_was_told_and_never_evicts(own_redis: RedisServer) -> None:
    with Redis.from_url(own_redis.url, decode_responses=True) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_only_who_knows_the_password_gets_in(own_redis: RedisServer, tmp_path: Path) -> None:
    with Redis(port=own_redis.port) as client, pytest.raises(AuthenticationError):
        client.ping()
    assert stat.S_IMODE(redis_server.address_file(tmp_path).stat().st_mode) == 0o600
    assert own_redis.password not in " ".join(own_redis.part().command)


def test_its_data_outlives_a_kill(
    own_redis: RedisServer, supervisor: Supervisor, watched: Callable[[], None], eventually: Callable[..., None]
) -> None:
    watched()
    with Redis.from_url(own_redis.url) as client:
        client.set("key", "value")
        first = client.info("server")["process_id"]
        os.kill(first, signal.SIGKILL)
        eventually(lambda: redis_server.answers(own_redis.url))
        assert client.get("key") == b"value"
        assert client.info("server")["process_id"] != first


def test_two_state_folders_get_two_servers(own_redis: RedisServer, tmp_path: Path, supervisor: Supervisor) -> None:
    other = redis_server.prepare(tmp_path / "other")
    assert supervisor.start([other.part()])
    assert other.port != own_redis.port
    assert redis_server.answers(own_redis.url) and redis_server.answers(other.url)


def test_a_redis_that_does_not_answer_is_told_without_its_password() -> None:
    with pytest.raises(UnavailableError) as caught:
        redis_server.check("redis://:geheim@127.0.0.1:1/0")
    assert "REDIS_URL is set, but no Redis answers at redis://127.0.0.1:1/0" in caught.value.message
    assert "geheim" not in caught.value.message


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("42:M 22 Nov 2026 09:30:00.123 # Out of memory", "Out of memory"),
        (
            "42:signal-handler (1795340095) Received SIGTERM scheduling shutdown...",
            "Received SIGTERM scheduling shutdown...",
        ),
        ("Reading config from stdin", None),
        ("42:M 22 Nov 2026 09:30:00.123 # WARNING Memory overcommit: vm.overcommit_memory = 1", None),
        ("something else", "something else"),
    ],
)
def test_its_lines_are_shown_without_what_the_log_says_anyway(line: str, shown: str | None) -> None:
    assert redis_server.clean(line) == shown
