"""A dialect as it is typed into a form, and what is meant by it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from project.engine.dialect import DialectChoice
from project.errors import InvalidInputError

FIELDS = ("encoding", "delimiter", "quote", "escape", "header", "skip_rows", "comment", "decimal", "member")
OTHER = "other"
"""What a list of options has for a value that is typed beside it, in a field of the name with this ending."""

_CHARACTERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
_QUOTES = {"none": "", "double": '"', "single": "'"}
_ESCAPES = {"none": "", "backslash": "\\"}
_HEADERS: dict[str, bool | str | None] = {"yes": True, "no": False}
_DECIMALS = {"point": ".", "comma": ","}
_FAULTS = {
    "encoding": "This is no encoding’s name.",
    "delimiter": "Type one character, or its name, such as tab.",
    "quote": "Type one character, or none.",
    "header": "Choose one of the three.",
    "skip_rows": "Type a whole number from 0 to 1,000,000.",
    "escape": "Type one character, or none.",
    "comment": "Type one character.",
    "decimal": "Choose one of the three.",
    "member": "This is no file’s name.",
}


def typed_in(values: Mapping[str, str]) -> dict[str, str]:
    """What a form says of each field: the option, or what was typed beside the options."""
    said = {name: values.get(name, "") for name in FIELDS}
    return {name: values.get(f"{name}_{OTHER}", "") if text == OTHER else text for name, text in said.items()}


def meant(typed: Mapping[str, str]) -> DialectChoice:
    """The choice; an empty field means: find it in the file. Raises InvalidInputError with the field's name."""
    values: dict[str, Any] = {
        "encoding": typed["encoding"].strip() or None,
        "delimiter": _character(typed["delimiter"], _CHARACTERS),
        "quote": _character(typed["quote"], _QUOTES),
        "header": _HEADERS.get(typed["header"], typed["header"] or None),
        "skip_rows": typed["skip_rows"].strip() or None,
        "escape": _character(typed["escape"], _ESCAPES),
        "comment": typed["comment"].strip() or None,
        "decimal": _DECIMALS.get(typed["decimal"], typed["decimal"] or None),
        "member": typed["member"] or None,
    }
    try:
        return DialectChoice.model_validate(values)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise InvalidInputError(_FAULTS[field], field=field) from error


def typed(choice: DialectChoice) -> dict[str, str]:
    """A choice as it would have been typed."""
    delimiter = {character: name for name, character in _CHARACTERS.items() if name.isalpha() and name != "comma"}
    return {
        "encoding": choice.encoding or "",
        "delimiter": delimiter.get(choice.delimiter or "", choice.delimiter or ""),
        "quote": "none" if choice.quote == "" else choice.quote or "",
        "header": {True: "yes", False: "no", None: ""}[choice.header],
        "skip_rows": "" if choice.skip_rows is None else str(choice.skip_rows),
        "escape": "none" if choice.escape == "" else choice.escape or "",
        "comment": choice.comment or "",
        "decimal": {None: "", ".": "point", ",": "comma"}[choice.decimal],
        "member": choice.member or "",
    }


def _character(typed: str, names: Mapping[str, str]) -> str | None:
    """The character meant by itself or by its name; None where nothing was typed. A lone space is a character."""
    return names.get(typed.strip().lower(), typed.strip() or typed or None)
