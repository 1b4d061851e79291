"""The rules for the names that users give; pure: nothing is opened or looked at here."""

from __future__ import annotations

import unicodedata

from project.errors import InvalidInputError

REJECTS_SUFFIX = ".rejects.csv"
MAX_NAME_BYTES = 255
_OTHER_FORMATS = (".parquet", ".jsonl", ".ndjson", ".xlsx", ".xls")


def check_input_name(name: str) -> None:
    """Raise InvalidInputError, with field "input", if the name can be none of a file in the workspace."""
    _check(name, "input", MAX_NAME_BYTES)


def check_output_name(name: str) -> None:
    """Raise InvalidInputError, with field "output", if no result may be written by that name."""
    # The rejects are published beside the result, so their longer name has to fit too.
    _check(name, "output", MAX_NAME_BYTES - len(REJECTS_SUFFIX))
    if name.endswith(REJECTS_SUFFIX):
        raise InvalidInputError(
            f"The output's name may not end in “{REJECTS_SUFFIX}”: Rowmill keeps such names for rejects.",
            field="output",
        )
    if name.lower().endswith(_OTHER_FORMATS):
        raise InvalidInputError(
            f"“{name}” would hold CSV, as every result does: end its name in .csv. "
            "From the job’s page it can be downloaded in other formats.",
            field="output",
        )


def check_upload_name(name: str) -> None:
    """Raise InvalidInputError, with field "file", if no file of that name may be put into the workspace."""
    _check(name, "file", MAX_NAME_BYTES)


def check_new_name(name: str, old: str) -> None:
    """Raise InvalidInputError, with field "name", if a file may not be given that name in place of its old one."""
    fault = _fault(name, MAX_NAME_BYTES)
    if fault is None and name.endswith(REJECTS_SUFFIX) and not old.endswith(REJECTS_SUFFIX):
        fault = f"ends in “{REJECTS_SUFFIX}”: Rowmill keeps such names for rejects"
    if fault:
        raise InvalidInputError(f"The new name {fault}.", field="name")


def rejects_name(output: str) -> str:
    """The name by which the rejects of a job with that output are published."""
    return output + REJECTS_SUFFIX


def is_name(name: str) -> bool:
    """Whether a user could name a file so."""
    try:
        _check(name, "input", MAX_NAME_BYTES)
    except InvalidInputError:
        return False
    return True


def _check(name: str, field: str, most: int) -> None:
    fault = _fault(name, most)
    if fault:
        raise InvalidInputError(f"The {field}’s name {fault}.", field=field)


def _fault(name: str, most: int) -> str | None:
    if not name.strip():
        return "is empty: type a file’s name"
    # What is printable throughout, as nearly all names are, needs no look at each character.
    if not name.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return "has a control character or an invalid character in it"
    if "/" in name:
        return "has a “/” in it: give a plain name, the files lie flat in the workspace"
    if name.startswith("."):
        return "begins with a dot: such names are kept for the system"
    if len(name.encode()) > most:
        return f"is longer than {most} bytes"
    return None
