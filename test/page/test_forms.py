"""The schedule form: what was typed is understood, kept, and every fault stands beside its field."""

import json

import pytest

from project.engine.dialect import DialectChoice
from project.errors import ConflictError, InvalidInputError, MissingColumnError, NotFoundError
from project.jobs.view import JobView
from project.page.forms import CUSTOM, ScheduleForm
from project.recipes.service import BUILT_IN

RECIPE = '{"steps": [{"operation": "sort", "by": ["Song"]}]}'


def test_nothing_typed_means_everything_is_found() -> None:
    assert ScheduleForm.typed({}).dialect() == DialectChoice()
    assert ScheduleForm.typed({}).chosen_recipe() == BUILT_IN[0].recipe


def test_names_are_taken_as_typed() -> None:
    assert ScheduleForm.typed({"input_file": " a.csv "}).input_file == " a.csv "


@pytest.mark.parametrize(
    ("typed", "character"),
    [
        ("tab", "\t"),
        ("Tab", "\t"),
        ("\\t", "\t"),
        (";", ";"),
        (" ; ", ";"),
        (" ", " "),
        ("space", " "),
        ("", None),
        ("a", "a"),
    ],
)
def test_a_delimiter_is_typed_by_itself_or_by_name(typed: str, character: str | None) -> None:
    assert ScheduleForm(delimiter=typed).dialect().delimiter == character


@pytest.mark.parametrize(("typed", "quote"), [("none", ""), ("'", "'"), ("double", '"'), ("", None)])
def test_a_quote_is_typed_by_itself_or_by_name(typed: str, quote: str | None) -> None:
    assert ScheduleForm(quote=typed).dialect().quote == quote


def test_header_lines_and_encoding_are_taken() -> None:
    form = ScheduleForm(header="no", skip_rows="3", encoding=" latin-1 ")
    assert form.dialect() == DialectChoice(header=False, skip_rows=3, encoding="latin-1")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (ScheduleForm(delimiter=";;"), "delimiter"),
        (ScheduleForm(quote="xy"), "quote"),
        (ScheduleForm(skip_rows="-1"), "skip_rows"),
        (ScheduleForm(skip_rows="many"), "skip_rows"),
        (ScheduleForm(header="perhaps"), "header"),
    ],
)
def test_a_dialect_that_cannot_be_is_told_beside_its_field(form: ScheduleForm, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        form.dialect()
    assert form.field_of(caught.value) == field


def test_a_custom_recipe_is_read() -> None:
    assert ScheduleForm(recipe=CUSTOM, recipe_json=RECIPE).chosen_recipe().to_json() == json.loads(RECIPE)


def test_a_custom_recipe_that_is_missing_or_broken_is_told_beside_its_text() -> None:
    for text in ("", "{", '{"steps": [{"operation": "explode"}]}'):
        form = ScheduleForm(recipe=CUSTOM, recipe_json=text)
        with pytest.raises(InvalidInputError) as caught:
            form.chosen_recipe()
        assert form.field_of(caught.value) == "recipe_json"


def test_a_written_recipe_is_never_ignored_in_silence() -> None:
    form = ScheduleForm(recipe=BUILT_IN[1].slug, recipe_json=RECIPE)
    with pytest.raises(InvalidInputError, match="another one is chosen") as caught:
        form.chosen_recipe()
    assert form.field_of(caught.value) == "recipe"


def test_faults_of_the_services_stand_beside_their_fields() -> None:
    form = ScheduleForm()
    assert form.field_of(NotFoundError("?", field="input")) == "input_file"
    assert form.field_of(ConflictError("?", field="output")) == "output_file"
    assert form.field_of(MissingColumnError("a", ("b",))) == "recipe"
    assert ScheduleForm(recipe=CUSTOM).field_of(MissingColumnError("a", ("b",))) == "recipe_json"
    assert form.field_of(InvalidInputError("?", field="dialect")) == "dialect"
    assert form.field_of(InvalidInputError("?")) == "form"


def test_a_job_can_be_changed_and_sent_again(finished: JobView) -> None:
    choice = DialectChoice(
        delimiter="\t", quote="", header=False, skip_rows=0, escape="\\", comment="#", member="a.csv"
    )
    form = ScheduleForm.again(finished.model_copy(update={"choice": choice}))
    assert (form.input_file, form.output_file) == (finished.input, finished.output)
    assert form.chosen_recipe() == finished.recipe
    assert form.dialect() == choice
    assert form.has_dialect


def test_a_job_with_a_built_in_recipe_is_sent_again_with_it(finished: JobView) -> None:
    form = ScheduleForm.again(finished.model_copy(update={"recipe": BUILT_IN[1].recipe}))
    assert (form.recipe, form.recipe_json) == (BUILT_IN[1].slug, "")
