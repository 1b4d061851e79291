"""Sentences for what is wrong in a recipe: which step, which field, and what it should be."""

from __future__ import annotations

import json

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_SHOWN = 3
_WANTED = {
    "string_type": "must be a text",
    "string_unicode": "holds a lone surrogate, which is no character",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "too_long": "is too long",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "bool_type": "must be true or false",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "extra_forbidden": "is not a field that is known here",
}


def sentences(error: ValidationError) -> str:
    """The first problems, e.g. "Step 2 (aggregate), measures 1: “function” is missing."."""
    found = error.errors(include_url=False)
    problems = [_sentence(details) for details in found if not _is_echo(details, found)]
    more = len(problems) - _SHOWN
    return " ".join(problems[:_SHOWN]) + (f" (And {more:,} more.)" if more > 0 else "")


def _is_echo(details: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """A list none of whose items passed is reported as empty as well."""
    path = details["loc"]
    return details["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in found
    )


def _sentence(details: ErrorDetails) -> str:
    path = list(details["loc"])
    if details["type"].startswith("union_tag"):
        path.append("operation")
    place, field = _place(path)
    if details["type"] == "value_error":
        text = str(details["ctx"]["error"])
    else:
        text = f"{f'“{field}”' if field else 'it'} {_problem(details)}."
    return f"{place}: {text}" if place else text[0].upper() + text[1:]


def _place(path: list[int | str]) -> tuple[str, str]:
    """Where it is, in words, and the field's name ("" for an item of a list)."""
    words: list[str] = []
    if path[:1] == ["steps"] and len(path) > 1:
        tag = path[2] if len(path) > 2 and path[2] != "operation" else None
        words.append(f"Step {int(path[1]) + 1}" + (f" ({tag})" if tag else ""))
        path = path[3:] if tag else path[2:]
    while len(path) > 1:
        words.append(f"{path[0]} {int(path[1]) + 1}")
        path = path[2:]
    return ", ".join(words), str(path[0]) if path else ""


def _problem(details: ErrorDetails) -> str:
    kind: str = details["type"]
    if kind == "literal_error":
        given = json.dumps(details["input"], ensure_ascii=False, default=str)
        return f"is {given}, but must be {details['ctx']['expected']}"
    if kind == "union_tag_invalid":
        return f"is '{details['ctx']['tag']}', but must be one of {details['ctx']['expected_tags']}"
    return _WANTED.get(kind) or details["msg"]
