"""A request's body: read to its end, or told to be cut."""

from __future__ import annotations

import io
import socket

import pytest

from project.errors import InvalidInputError
from project.files.uploads import body
from project.files.uploads.receiving import CutError


def environment(content, announced=None, **others):
    return {"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": announced, **others}


def test_a_body_is_read_to_the_end_that_was_announced_and_no_further():
    content = b"x" * (2 * body.BLOCK_BYTES + 1)
    assert b"".join(body.blocks(environment(content + b"the next request", str(len(content))))) == content


def test_a_body_in_chunks_is_read_to_its_own_end():
    assert list(body.blocks(environment(b"123", **{"wsgi.input_terminated": True}))) == [b"123"]


def test_a_body_that_ends_early_is_a_cut_after_what_came():
    came = body.blocks(environment(b"123", "4"))
    assert next(came) == b"123"
    with pytest.raises(CutError):
        next(came)


def test_a_body_without_a_length_is_refused():
    with pytest.raises(InvalidInputError, match="Content-Length"):
        next(body.blocks(environment(b"123")))


def test_who_stops_sending_is_taken_for_gone(monkeypatch):
    monkeypatch.setattr(body, "STALL_SECONDS", 0.05)
    client, server = socket.socketpair()
    with client, server, server.makefile("rb") as stream:
        client.sendall(b"123")
        with pytest.raises(CutError):
            next(body.blocks({"wsgi.input": stream, "CONTENT_LENGTH": "4", "gunicorn.socket": server}))
        assert server.gettimeout() is None
