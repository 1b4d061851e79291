"""The schedule form: what was typed, what it means, and which field an error stands beside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import ValidationError

from project.engine.dialect import DialectChoice
from project.errors import InvalidInputError, RowmillError
from project.jobs.present import recipe_text
from project.jobs.view import JobView
from project.operations.recipe import Recipe
from project.recipes import service as recipes

CUSTOM = "custom"

_CHARACTERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
_QUOTES = {"none": "", "double": '"', "single": "'"}
_ESCAPES = {"none": "", "backslash": "\\"}
_HEADERS: dict[str, bool | str | None] = {"yes": True, "no": False}
_FIELDS = {"input": "input_file", "output": "output_file"}


@dataclass(frozen=True)
class ScheduleForm:
    """The form's fields as typed; an empty one of the dialect means: find it in the file."""

    input_file: str = ""
    output_file: str = ""
    recipe: str = ""
    recipe_json: str = ""
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    header: str = ""
    skip_rows: str = ""
    escape: str = ""
    comment: str = ""
    member: str = ""

    @classmethod
    def typed(cls, values: Mapping[str, str]) -> ScheduleForm:
        """The form as it was sent. Line ends of the recipe are the browser's; names keep every character."""
        return cls(**{field.name: values.get(field.name, "") for field in fields(cls)})

    @classmethod
    def again(cls, job: JobView) -> ScheduleForm:
        """The form that would submit a job again, to be changed first."""
        name = recipes.name_of(job.recipe)
        slug = next((built_in.slug for built_in in recipes.BUILT_IN if built_in.name == name), CUSTOM)
        text = "" if name else recipe_text(job.recipe.to_json())
        return cls(job.input, job.output, slug, text, **_typed_dialect(job.choice))

    @property
    def has_dialect(self) -> bool:
        """Whether anything is to overrule the found dialect, so that its fields have to be seen."""
        return any(getattr(self, name) for name in _FAULTS)

    def chosen_recipe(self) -> Recipe:
        """The recipe meant. Raises InvalidInputError, also where the two fields contradict each other."""
        if self.recipe == CUSTOM:
            if not self.recipe_json.strip():
                raise InvalidInputError("Write the recipe as JSON, or choose one of the others.", field="recipe_json")
            return recipes.choose(self.recipe_json)
        if self.recipe_json.strip():
            raise InvalidInputError(
                "A custom recipe is written below, but another one is chosen here. "
                "Choose “Custom recipe (JSON)”, or empty the text.",
                field="recipe_slug",
            )
        return recipes.choose(self.recipe)

    def dialect(self) -> DialectChoice:
        """What is to overrule the found dialect. Raises InvalidInputError with the field's name."""
        values: dict[str, Any] = {
            "encoding": self.encoding.strip() or None,
            "delimiter": _character(self.delimiter, _CHARACTERS),
            "quote": _character(self.quote, _QUOTES),
            "header": _HEADERS.get(self.header, self.header or None),
            "skip_rows": self.skip_rows.strip() or None,
            "escape": _character(self.escape, _ESCAPES),
            "comment": self.comment.strip() or None,
            "member": self.member or None,
        }
        try:
            return DialectChoice.model_validate(values)
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
            raise InvalidInputError(_FAULTS[field], field=field) from error

    def field_of(self, error: RowmillError) -> str:
        """The name of the field that an error stands beside; "form" where it is none's."""
        if error.field == "recipe":
            return "recipe_json" if self.recipe == CUSTOM else "recipe"
        name = _FIELDS.get(error.field or "", {"recipe_slug": "recipe"}.get(error.field or "", error.field or ""))
        return name if name in _PLACES else "form"


_FAULTS = {
    "encoding": "This is no encoding’s name.",
    "delimiter": "Type one character, or its name, such as tab.",
    "quote": "Type one character, or none.",
    "header": "Choose one of the three.",
    "skip_rows": "Type a whole number from 0 to 1,000,000.",
    "escape": "Type one character, or none.",
    "comment": "Type one character.",
    "member": "This is no file’s name.",
}
_PLACES = {field.name for field in fields(ScheduleForm)} | {"dialect"}


def _character(typed: str, names: Mapping[str, str]) -> str | None:
    """The character meant by itself or by its name; None where nothing was typed. A lone space is a character."""
    return names.get(typed.strip().lower(), typed.strip() or typed or None)


def _typed_dialect(choice: DialectChoice) -> dict[str, str]:
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
        "member": choice.member or "",
    }
