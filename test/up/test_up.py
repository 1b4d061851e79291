"""Health: alone, and with the services that are really asked."""

from __future__ import annotations

import socket
import time

import pytest

from project.app import create_app


def test_the_process_alone(client, redis):
    redis.stop()
    answer = client.get("/up")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.content_type.startswith("text/plain")


def test_both_services_answer(client):
    assert client.get("/up/databases").status_code == 200


def test_redis_away_is_told(client, redis):
    redis.stop()
    answer = client.get("/up/databases")
    assert answer.status_code == 503 and "Redis does not answer" in answer.text


def test_a_redis_that_accepts_but_never_answers_is_told_soon(settings):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        client = create_app(settings.model_copy(update={"redis_url": url})).test_client()
        begin = time.monotonic()
        assert client.get("/up/databases").status_code == 503
        assert time.monotonic() - begin < 6


@pytest.mark.parametrize("address", ["sqlite:////proc/nowhere/x.db", "postgresql://x@127.0.0.1:1/x"])
def test_a_database_away_is_told(settings, address):
    client = create_app(settings.model_copy(update={"database_url": address})).test_client()
    answer = client.get("/up/databases")
    assert answer.status_code == 503 and "database does not answer" in answer.text
    assert client.get("/api/v1/jobs").status_code == 503
