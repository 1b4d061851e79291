"""The environment variables of an engine's process."""

from __future__ import annotations

import os
from collections.abc import Mapping

# The engine needs neither the way to the databases nor the key of the sessions.
_SECRETS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")


def environment(defaults: Mapping[str, str]) -> dict[str, str]:
    """The engine's environment variables; the worker's own overrule the defaults."""
    return {**defaults, **{key: value for key, value in os.environ.items() if key not in _SECRETS}}
