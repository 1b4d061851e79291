"""What the tests of uploads over HTTP share."""

from __future__ import annotations

import re

import pytest


@pytest.fixture
def token(client):
    """The token of a form that was just opened."""
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/upload").text)[1]
