"""What is wrong in a form, each sentence beside the field that it is about; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from project.errors import InvalidInputError

FORM = "form"
"""The place of a sentence that belongs to no field."""


class FormError(InvalidInputError):
    """Some fields cannot be meant as they were typed. Carries a sentence for each of them."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(next(iter(faults.values())))
        self.faults = dict(faults)


class Faults:
    """Reads what was typed, field by field, and remembers the first sentence about each."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def add(self, field: str, sentence: str) -> None:
        """Something is wrong with that field."""
        self.found.setdefault(field, sentence)

    def whole(self, field: str, text: str, least: int, most: int = 10**15) -> int | None:
        """The whole number, or None where nothing was typed, or no such number."""
        plain = text.strip().replace(",", "")
        if not plain:
            return None
        if re.fullmatch(r"[0-9]{1,16}", plain) and least <= int(plain) <= most:
            return int(plain)
        limit = f"from {least:,} to {most:,}" if most < 10**15 else f"of at least {least:,}"
        self.add(field, f"Type a whole number {limit}.")
        return None

    def number(self, field: str, text: str, example: str, most: float = math.inf) -> int | float | None:
        """The number, above or equal to zero; a fraction only where one was typed."""
        plain = text.strip()
        if not plain:
            return None
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", plain) and float(plain) <= most:
            return float(plain) if "." in plain else int(plain)
        self.add(field, f"Type a number such as {example}{f', at most {most:,.0f}' if most < math.inf else ''}.")
        return None

    def check(self, field: str, model: type[BaseModel], values: Mapping[str, Any]) -> bool:
        """Whether the model takes the values; else the model's sentence stands beside the field."""
        try:
            model.model_validate(dict(values))
            return True
        except ValidationError as error:
            self.add(field, _sentence(error))
            return False

    def end(self) -> None:
        """Raise FormError if anything is wrong."""
        if self.found:
            raise FormError(self.found)


def _sentence(error: ValidationError) -> str:
    """The model's own sentence, in the words of the page."""
    details = error.errors(include_url=False)[0]
    if details["type"] != "value_error":
        return f"This cannot be used: {details['msg'][0].lower()}{details['msg'][1:]}."
    text = str(details["ctx"]["error"])
    if text.startswith("“url”"):
        text = f"The address{text.removeprefix('“url”')}"
    return text.replace("“url”", "the address").replace("name that in “secret”", "choose that under “Secret”")
