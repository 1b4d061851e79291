"""What a secret's parts have to be; no sentence repeats the value. Pure."""

from __future__ import annotations

import ipaddress
import re

from project.errors import InvalidInputError

DEFAULT_HEADER = "Authorization"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
_LABELS = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
# The client sets these itself.
_RESERVED = frozenset(
    {"connection", "content-length", "content-type", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}
)
_LONGEST_VALUE = 8000


def name(text: str) -> str:
    """The name as it is kept. Raises InvalidInputError."""
    if _NAME.fullmatch(text.strip()):
        return text.strip()
    raise InvalidInputError(
        "A secret’s name has up to 100 letters, digits, spaces, dots, “-” and “_”, and begins with a letter or digit.",
        field="name",
    )


def host(text: str) -> str:
    """The host's name or address in small letters. Raises InvalidInputError."""
    found = text.strip().lower()
    if _LABELS.fullmatch(found) or _is_address(found.strip("[]")):
        return found.strip("[]")
    raise InvalidInputError(
        "“host” has to be the API’s host alone, such as api.example.com, without https:// and without a path.",
        field="host",
    )


def header(text: str) -> str:
    """The header's name. Raises InvalidInputError."""
    found = text.strip() or DEFAULT_HEADER
    if _HEADER.fullmatch(found) and found.lower() not in _RESERVED:
        return found
    raise InvalidInputError(
        "“header” has to be the name of a header that carries a key or token, such as Authorization or X-Api-Key.",
        field="header",
    )


def value(text: str) -> str:
    """The value as it is sent. Raises InvalidInputError, which does not tell it."""
    found = text.strip()
    if found and len(found) <= _LONGEST_VALUE and found.isascii() and found.isprintable():
        return found
    raise InvalidInputError(
        "The value has to be what the header holds, such as “Bearer …”: one line of plain characters, "
        f"at most {_LONGEST_VALUE:,}.",
        field="value",
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
