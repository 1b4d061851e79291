"""What the addresses of the JSON interface have in common: their parameters and their bodies, checked."""

from __future__ import annotations

from flask import abort, request

from project.errors import InvalidInputError

MOST = 200
_DIGITS = 9


def check_is_json() -> None:
    """Before anything is changed: a form on a foreign page cannot send this content type, so no token is needed."""
    if not request.is_json:
        abort(415)


def limit(default: int) -> int:
    """How many are asked for at most. Raises InvalidInputError."""
    return whole_number("limit", default, 1, MOST)


def whole_number(name: str, default: int, least: int, most: int) -> int:
    """A parameter of the address. Raises InvalidInputError."""
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and least <= int(text[: _DIGITS + 1]) <= most):
        raise InvalidInputError(f"“{name}” has to be a whole number from {least} to {most}.", field=name)
    return int(text)


def flag(name: str) -> bool:
    """A parameter that is true or false; false if it is not given. Raises InvalidInputError."""
    text = request.args.get(name, "false")
    if text not in ("true", "false"):
        raise InvalidInputError(f"“{name}” has to be true or false.", field=name)
    return text == "true"
