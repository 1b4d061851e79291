"""The schedule form: what was typed, what it means, and which field an error stands beside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from project.engine.dialect import DialectChoice
from project.errors import InvalidInputError, RowmillError
from project.files.reading import typed
from project.jobs.present import recipe_text
from project.jobs.view import JobView
from project.operations.recipe import Recipe
from project.recipes import service as recipes

CUSTOM = "custom"

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
    decimal: str = ""
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
        return cls(job.input, job.output, slug, text, **typed.typed(job.choice))

    @property
    def has_dialect(self) -> bool:
        """Whether anything is to overrule the found dialect, so that its fields have to be seen."""
        return any(getattr(self, name) for name in typed.FIELDS)

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
        return typed.meant({name: getattr(self, name) for name in typed.FIELDS})

    def field_of(self, error: RowmillError) -> str:
        """The name of the field that an error stands beside; "form" where it is none's."""
        if error.field == "recipe":
            return "recipe_json" if self.recipe == CUSTOM else "recipe"
        name = _FIELDS.get(error.field or "", {"recipe_slug": "recipe"}.get(error.field or "", error.field or ""))
        return name if name in _PLACES else "form"


_PLACES = {field.name for field in fields(ScheduleForm)} | {"dialect"}
