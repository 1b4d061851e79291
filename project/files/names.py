"""The rules for the names that users give; pure: nothing is opened or looked at here."""

from __future__ import annotations

import os
import unicodedata

from project.errors import InvalidInputError

REJECTS_SUFFIX = ".rejects.csv"
MAX_NAME_BYTES = 255
_MAX_SUFFIX_BYTES = 32
_COMPRESSIONS = (".gz", ".zst", ".bz2", ".xz", ".zip")


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


def check_upload_name(name: str) -> None:
    """Raise InvalidInputError, with field "file", if no file of that name may be put into the workspace."""
    _check(name, "file", MAX_NAME_BYTES)


def numbered(name: str, number: int) -> str:
    """The name of one more file of that name: "plays.csv.gz" becomes "plays (2).csv.gz", never longer than allowed."""
    stem, suffixes = _split(name)
    mark = f" ({number}){suffixes}"
    room = MAX_NAME_BYTES - len(mark.encode())
    return stem.encode()[:room].decode(errors="ignore") + mark


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
        return "is empty: type the name of a file in the workspace"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return "has a control character or an invalid character in it"
    if "/" in name:
        return "has a “/” in it: give a plain name, the files lie flat in the workspace"
    if name.startswith("."):
        return "begins with a dot: such names are kept for the system"
    if len(name.encode()) > most:
        return f"is longer than {most} bytes"
    return None


def _split(name: str) -> tuple[str, str]:
    """The name's stem and its suffixes: the last one, and the one before it where the last tells a compression."""
    stem, suffix = os.path.splitext(name)
    if suffix.lower() in _COMPRESSIONS:
        stem, inner = os.path.splitext(stem)
        suffix = inner + suffix
    return (stem, suffix) if len(suffix.encode()) <= _MAX_SUFFIX_BYTES else (name, "")
