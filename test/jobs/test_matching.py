"""Submitting jobs that match rows with another file or an API: what is checked, what is filled in, what is kept."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from project.engine.plan import Inspected
from project.errors import ConflictError, InvalidInputError, MissingColumnError, NotFoundError
from project.files.catalogue import Catalogue
from project.files.columnar import ColumnarCopy
from project.files.models import File
from project.jobs.file_uses import uses
from project.jobs.tables import others_of
from project.operations.recipe import Recipe
from project.secrets.service import Secrets

JOIN = {"operation": "join", "file": "songs.csv", "on": [{"left": "Song", "right": "Name"}]}
ENRICH = {"operation": "enrich", "api": {"url": "https://api.example.com/songs/{Song}"}, "column": "Song"}


@pytest.fixture(autouse=True)
def songs(workspace):
    (workspace.folder / "songs.csv").write_text("Name,Year,Singer\nUmbrella,2007,Rihanna\n")


@pytest.fixture
def submit(service):
    def submit(*steps, output="out.csv", input="example_input.csv", **options):
        return service.submit(input, output, Recipe.parse({"steps": list(steps)}), **options)

    return submit


def first(job):
    return job.recipe.steps[0]


# Joins


def test_a_join_says_in_the_table_what_columns_it_brings(submit):
    job = submit(JOIN, {"operation": "sort", "by": ["Year"]})
    assert first(job).columns == ("Year", "Singer")


def test_columns_that_were_chosen_stay(submit):
    assert first(submit({**JOIN, "columns": ["Singer"]})).columns == ("Singer",)


@pytest.mark.parametrize("how", ["semi", "anti"])
def test_a_join_that_brings_nothing_names_nothing(submit, how):
    assert first(submit({**JOIN, "how": how})).columns is None


def test_a_file_can_be_joined_with_itself(submit):
    job = submit({**JOIN, "file": "example_input.csv", "on": [{"left": "Song", "right": "Song"}]})
    assert first(job).columns == ("Date", "Number of Plays")


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"file": "gone.csv"}, NotFoundError, "Step 1 .join.: There is no file “gone.csv”"),
        ({"file": "../songs.csv"}, InvalidInputError, "Step 1 .join.: "),
        ({"on": [{"left": "Song", "right": "name"}]}, MissingColumnError, "“songs.csv” .step 1. has no column “name”"),
        ({"on": [{"left": "song", "right": "Name"}]}, MissingColumnError, "The file has no column “song”"),
        ({"columns": ["Colour"]}, MissingColumnError, "“songs.csv” .step 1. has no column “Colour”"),
    ],
)
def test_what_is_not_there_is_told_with_the_step(submit, service, change, error, says):
    with pytest.raises(error, match=says) as caught:
        submit({**JOIN, **change})
    assert caught.value.field == "recipe" and service.latest() == ()


def test_a_file_that_is_no_csv_is_told_with_the_step(submit, workspace):
    (workspace.folder / "songs.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(Exception, match="Step 1 .join.: “songs.csv”: .*PNG") as caught:
        submit(JOIN)
    assert caught.value.code == "not_csv"


@pytest.mark.parametrize(
    ("output", "says"), [("songs.csv", "is the file that step 1 joins"), ("x.csv", "step 1 joins")]
)
def test_the_output_may_not_be_the_other_file_nor_its_rejects(submit, workspace, output, says):
    step = JOIN
    if output == "x.csv":
        (workspace.folder / "x.csv.rejects.csv").write_text("Name\nUmbrella\n")
        step = {**JOIN, "file": "x.csv.rejects.csv"}
    with pytest.raises(InvalidInputError, match=says) as caught:
        submit(step, output=output)
    assert caught.value.field == "output"


def test_later_steps_are_checked_against_what_the_join_brings(submit):
    with pytest.raises(MissingColumnError, match="result of step 1 has no column “Colour”") as caught:
        submit(JOIN, {"operation": "sort", "by": ["Colour"]})
    assert "not known yet" not in caught.value.message


def test_the_other_file_is_read_as_was_kept_for_it_also_later(submit, service, database, workspace):
    (workspace.folder / "songs.csv").write_text("Name;Year\nUmbrella;2007\n")
    catalogue = Catalogue(database, workspace, uses, 24)
    file = catalogue.find_named("songs.csv")
    catalogue.keep_reading(file.id, type(file.choice)(delimiter=";"))
    job = submit(JOIN)
    with database.write() as session:
        session.execute(update(File).where(File.id == file.id).values(choice=None, choice_stamp=None))
    (other,) = others_of(database, job.id)
    assert (other.step, other.name, other.choice.delimiter) == (0, "songs.csv", ";")
    service.cancel(job.id)
    assert first(service.retry(job.id)).columns == ("Year",)


def test_the_other_file_counts_as_read_until_the_job_ends(submit, service, database, workspace, supervisor):
    catalogue = Catalogue(database, workspace, uses, 24)
    job = submit(JOIN)
    file = catalogue.find_named("songs.csv")
    assert file.used_at is None and catalogue.uses([file])["songs.csv"].does == "reads"
    with pytest.raises(ConflictError):
        catalogue.rename(file.id, "other.csv")
    with pytest.raises(ConflictError):
        catalogue.delete(file.id)
    supervisor("finish()").run(job.id)
    file = catalogue.find_named("songs.csv")
    assert catalogue.uses([file]) == {} and file.used_at is not None


def test_the_engine_is_told_where_the_other_file_is_and_how_it_is_read(
    submit, service, supervisor, tmp_path, workspace
):
    job, plan = submit(JOIN), tmp_path / "plan.json"
    inspected = Inspected(dialect="as CSV", records=4, rejected=1, blank=2)
    copy = ColumnarCopy(tmp_path / "data.parquet", inspected)
    keep = f"import shutil\nshutil.copy(sys.argv[1], {str(plan)!r})\nfinish()"
    supervisor(keep).run(job.id)
    (table,) = json.loads(plan.read_text())["tables"]
    assert (table["step"], table["name"], table["columnar"]) == (0, "songs.csv", False)
    assert table["path"] == str(workspace.folder / "songs.csv")
    again = submit(JOIN)
    supervisor(keep, find_copy=lambda name, choice: copy if name == "songs.csv" else None).run(again.id)
    (table,) = json.loads(plan.read_text())["tables"]
    assert (table["path"], table["columnar"]) == (str(copy.path), True)
    assert Inspected.model_validate(table["inspected"]) == inspected


# Enrichments


def test_one_step_of_a_recipe_may_call_an_api(submit):
    with pytest.raises(InvalidInputError, match="A recipe can call one API, but the steps 1 and 2 both do"):
        submit(ENRICH, ENRICH)


def test_the_column_has_to_be_there(submit):
    step = {**ENRICH, "column": "Sonk", "api": {"url": "https://api.example.com/{Sonk}"}}
    with pytest.raises(MissingColumnError, match="no column “Sonk”"):
        submit(step)


def test_columns_that_nobody_knows_yet_have_to_be_listed(submit):
    sort = {"operation": "sort", "by": ["Year"]}
    with pytest.raises(MissingColumnError, match="if it brings “Year”, list that in its “columns”"):
        submit(ENRICH, sort)
    assert first(submit({**ENRICH, "columns": ["Year"]}, sort)).columns == ("Year",)


def test_the_secret_has_to_be_there_and_the_hosts_own(submit, database):
    step = {**ENRICH, "api": {**ENRICH["api"], "secret": "songs"}}
    with pytest.raises(InvalidInputError, match="There is no secret “songs”"):
        submit(step)
    secrets = Secrets(database, lambda: "the key of this installation")
    secrets.add("songs", "other.example.com", "", "tok")
    with pytest.raises(InvalidInputError, match="is for other.example.com"):
        submit(step)
    secrets.delete("songs")
    secrets.add("songs", "api.example.com", "", "tok")
    assert first(submit(step)).api.secret == "songs"
