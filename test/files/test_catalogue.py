"""The catalogue, on SQLite and PostgreSQL: what is done in the folder is noticed, and nothing is lost or replaced."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from project.database.clock import now
from project.engine.dialect import DialectChoice
from project.errors import ConflictError, FailureError, InvalidInputError, NotFoundError, UnavailableError
from project.files import folder, moving
from project.files.catalogue import Catalogue
from project.files.listing import Listing
from project.files.models import File
from project.files.uploads.upload import Wish
from project.files.view import Birth, FileFacts, Origin, Use

NAME = "example_input.csv"
FACTS = FileFacts(rows=7, columns=3, rejects=0, dialect="utf-8, comma")
CHOICE = DialectChoice(delimiter=";", skip_rows=1)
UNKNOWN = "00000000-0000-4000-8000-000000000000"
JOB = "11111111-0000-4000-8000-000000000000"


@pytest.fixture
def example(listed):
    """The workspace's one file."""
    return listed()[NAME]


@pytest.fixture
def inspected(catalogue, workspace, example):
    """The same, with facts."""
    assert catalogue.note_facts(example.id, folder.look(workspace, NAME).stamp, FACTS)
    return catalogue.get(example.id)


def put(workspace, name, text="a\n1\n"):
    path = workspace.folder / name
    path.write_text(text)
    return path


def test_a_file_that_was_copied_into_the_folder_is_found(workspace, listed, example):
    path = put(workspace, "new.csv")
    file = listed()["new.csv"]
    assert (file.origin, file.size, file.facts) == (Origin.FOUND, 4, FileFacts())
    assert file.modified.timestamp() == pytest.approx(path.stat().st_mtime, abs=1e-5)
    assert listed()[NAME].id == example.id


def test_what_users_cannot_name_is_not_listed(workspace, listed, tmp_path):
    put(workspace, ".hidden")
    put(workspace, "a\n.csv")
    (workspace.folder / os.fsdecode(b"\xff.csv")).write_text("a")
    (workspace.folder / "folder").mkdir()
    (workspace.folder / "link.csv").symlink_to(tmp_path)
    os.mkfifo(workspace.folder / "pipe.csv")
    assert list(listed()) == [NAME]


def test_a_file_that_somebody_removed_is_gone(catalogue, workspace, listed, example):
    (workspace.folder / NAME).unlink()
    assert listed() == {}
    with pytest.raises(NotFoundError):
        catalogue.get(example.id)


def test_a_file_that_somebody_moved_keeps_its_id_and_its_facts(workspace, listed, inspected):
    (workspace.folder / NAME).rename(workspace.folder / "moved.csv")
    assert listed()["moved.csv"] == inspected.model_copy(update={"name": "moved.csv"})


def test_facts_are_kept_while_the_file_is_the_same(listed, inspected):
    file = listed()[NAME]
    assert file == inspected
    assert file.facts == FACTS and file.inspected_at is not None and not file.has_changed


@pytest.mark.parametrize("how", ["longer", "same size", "another file"])
def test_facts_of_a_file_that_changed_are_thrown_away(catalogue, workspace, listed, inspected, how):
    path = workspace.folder / NAME
    status = path.stat()
    if how == "longer":
        path.write_text(path.read_text() * 2)
    elif how == "same size":
        path.write_text(path.read_text().replace("Umbrella", "Umbrellb"))
        os.utime(path, ns=(0, status.st_mtime_ns + 1))
    else:
        os.replace(put(workspace, "other.csv", path.read_text()), path)
        os.utime(path, ns=(0, status.st_mtime_ns))
    file = listed()[NAME]
    assert (file.id, file.facts, file.inspected_at, file.has_changed) == (inspected.id, FileFacts(), None, True)
    assert catalogue.note_facts(file.id, folder.look(workspace, NAME).stamp, FACTS)
    assert not listed()[NAME].has_changed


def test_facts_of_other_bytes_are_not_taken(catalogue, workspace, listed, example):
    stamp = folder.look(workspace, NAME).stamp
    put(workspace, NAME, "a\n2\n3\n")
    listed()
    assert not catalogue.note_facts(example.id, stamp, FACTS)
    assert catalogue.get(example.id).facts == FileFacts()


def test_nothing_is_written_where_all_is_as_it_was(catalogue, example, monkeypatch):
    def refuse(*_):
        raise AssertionError("written")

    monkeypatch.setattr(type(catalogue._database), "write", refuse)
    catalogue.refresh()


def test_the_folder_is_read_once_a_second_at_most(catalogue, monkeypatch):
    scans, scan = [], folder.scan
    monkeypatch.setattr(folder, "scan", lambda workspace: scans.append(1) or scan(workspace))
    catalogue.page(Listing())
    first = len(scans)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: catalogue.page(Listing()), range(20)))
    assert len(scans) == first
    monkeypatch.setattr("project.files.catalogue._EVERY_SECONDS", -1)
    catalogue.page(Listing())
    assert len(scans) > first


def test_a_folder_that_cannot_be_read_forgets_nothing(catalogue, workspace, listed, inspected):
    workspace.folder.rename(workspace.folder.with_name("away"))
    with pytest.raises(UnavailableError, match="folder cannot be read"):
        catalogue.refresh()
    workspace.folder.with_name("away").rename(workspace.folder)
    assert listed()[NAME] == inspected


def test_two_that_refresh_at_once_find_each_file_once(database, workspace):
    for number in range(50):
        put(workspace, f"{number}.csv")
    catalogues = [Catalogue(database, workspace, lambda _session, _names: {}) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda catalogue: catalogue.refresh(), catalogues))
    assert catalogues[0].page(Listing()).total == 51


def test_times_and_numbers_that_no_database_holds_are_no_fault(workspace, listed):
    path = put(workspace, "old.csv")
    for seconds in (-(10**10), 10**11):
        try:
            os.utime(path, (seconds, seconds))
        except OSError:
            continue  # not every file system knows such times
        assert listed()["old.csv"].modified.tzinfo is not None


@pytest.mark.parametrize("name", ["other.csv", "Ümläut 日本.csv", "<b>\u202e.csv", "x.tsv", "a%2Fb"])
def test_a_file_gets_another_name_and_stays_the_same(catalogue, workspace, listed, inspected, name):
    renamed = catalogue.rename(inspected.id, name)
    assert renamed == inspected.model_copy(update={"name": name})
    assert os.listdir(workspace.folder) == [name]
    assert listed() == {name: renamed}


@pytest.mark.parametrize(
    "name", ["", "  ", "../x.csv", "a/b", ".hidden", "a\nb", "a\0b", "\udc80", "x" * 256, "x.rejects.csv"]
)
def test_a_name_that_no_file_can_have_is_refused(catalogue, workspace, example, name):
    with pytest.raises(InvalidInputError) as caught:
        catalogue.rename(example.id, name)
    assert caught.value.field == "name"
    assert NAME in os.listdir(workspace.folder)


def test_its_own_name_is_no_change(catalogue, example):
    assert catalogue.rename(example.id, NAME) == example


def test_a_name_that_is_taken_is_never_replaced(catalogue, workspace, example):
    put(workspace, "taken.csv", "kept")
    (workspace.folder / "folder").mkdir()
    (workspace.folder / "link").symlink_to("nowhere")
    for name in ("taken.csv", "folder", "link"):
        with pytest.raises(ConflictError, match="already") as caught:
            catalogue.rename(example.id, name)
        assert caught.value.field == "name"
    assert (workspace.folder / "taken.csv").read_text() == "kept"
    assert (workspace.folder / NAME).exists()


def test_the_name_of_a_file_that_somebody_removed_is_free(catalogue, workspace, listed, example):
    put(workspace, "other.csv")
    listed()
    (workspace.folder / "other.csv").unlink()
    assert catalogue.rename(example.id, "other.csv").id == example.id


def test_a_file_system_without_links_can_rename_too(catalogue, workspace, example, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(moving.os, "link", refuse)
    put(workspace, "taken.csv", "kept")
    with pytest.raises(ConflictError):
        catalogue.rename(example.id, "taken.csv")
    assert catalogue.rename(example.id, "free.csv").name == "free.csv"
    assert sorted(os.listdir(workspace.folder)) == ["free.csv", "taken.csv"]


def test_what_the_file_system_refuses_is_a_sentence(catalogue, example, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(moving, "move", refuse)
    with pytest.raises(FailureError, match="cannot be written: Read-only"):
        catalogue.rename(example.id, "other.csv")
    assert catalogue.get(example.id).name == NAME


def test_of_two_that_rename_to_one_name_at_once_one_does(catalogue, database, workspace, listed):
    put(workspace, "one.csv", "1")
    put(workspace, "two.csv", "2")
    files = listed()

    def rename(name):
        other = Catalogue(database, workspace, lambda _session, _names: {})
        try:
            return other.rename(files[name].id, "same.csv").id
        except ConflictError:
            return None

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(rename, ["one.csv", "two.csv"]))
    assert sum(id is not None for id in done) == 1
    assert len(os.listdir(workspace.folder)) == 3
    assert listed()["same.csv"].id in done


def test_of_two_that_rename_one_file_at_once_both_are_told_the_truth(catalogue, workspace, example):
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda name: catalogue.rename(example.id, name).name, ["a.csv", "b.csv"]))
    assert done == ["a.csv", "b.csv"]
    assert os.listdir(workspace.folder) in (["a.csv"], ["b.csv"])
    assert [catalogue.get(example.id).name] == os.listdir(workspace.folder)


@pytest.mark.parametrize("does", ["reads", "writes"])
def test_what_a_job_uses_is_neither_renamed_nor_deleted(catalogue, workspace, example, in_use, does):
    in_use[NAME] = Use(job_id=JOB, does=does)
    for change in (lambda: catalogue.rename(example.id, "x.csv"), lambda: catalogue.delete(example.id)):
        with pytest.raises(ConflictError, match=f"job {JOB} {does} “{NAME}” and has not ended"):
            change()
    assert (workspace.folder / NAME).exists()
    assert catalogue.uses([example]) == in_use


def test_no_file_gets_the_name_that_a_job_is_going_to_write(catalogue, example, in_use):
    in_use["out.csv"] = Use(job_id=JOB, does="writes")
    with pytest.raises(ConflictError, match="the name “out.csv”") as caught:
        catalogue.rename(example.id, "out.csv")
    assert caught.value.field == "name"


def test_a_deleted_file_lies_in_the_trash_and_comes_back_as_it_was(catalogue, workspace, listed, inspected):
    text = (workspace.folder / NAME).read_text()
    deleted = catalogue.delete(inspected.id)
    assert deleted.deleted_at is not None
    assert listed() == {} and list(listed(is_trash=True)) == [NAME]
    assert (workspace.trash / inspected.id / NAME).read_text() == text
    with pytest.raises(NotFoundError, match="has been deleted"):
        catalogue.path(deleted)
    assert catalogue.undelete(inspected.id) == inspected
    assert listed() == {NAME: inspected} and (workspace.folder / NAME).read_text() == text
    assert os.listdir(workspace.trash) == []


def test_pressing_a_button_twice_does_no_harm(catalogue, example):
    catalogue.delete(example.id)
    with pytest.raises(NotFoundError, match="deleted"):
        catalogue.delete(example.id)
    with pytest.raises(NotFoundError, match="take it back first"):
        catalogue.rename(example.id, "x.csv")
    assert catalogue.undelete(example.id) == catalogue.undelete(example.id)


def test_a_name_that_was_taken_meanwhile_is_left_to_who_has_it(catalogue, workspace, listed, in_use):
    for text in ("first", "second", "third"):
        put(workspace, "a.csv.gz", text)
        catalogue.delete(listed()["a.csv.gz"].id)
    put(workspace, "a.csv.gz", "there now")
    in_use["a (2).csv.gz"] = Use(job_id=JOB, does="writes")
    deleted = catalogue.page(Listing(is_trash=True)).files
    names = {catalogue.undelete(file.id).name for file in deleted}
    assert names == {"a (3).csv.gz", "a (4).csv.gz", "a (5).csv.gz"}
    assert (workspace.folder / "a.csv.gz").read_text() == "there now"
    assert {(workspace.folder / name).read_text() for name in names} == {"first", "second", "third"}


def test_a_deleted_file_that_somebody_took_away_is_not_found(catalogue, workspace, example):
    catalogue.delete(example.id)
    (workspace.trash / example.id / NAME).unlink()
    with pytest.raises(NotFoundError, match="not there any more"):
        catalogue.undelete(example.id)


def age(catalogue, id, hours):
    with catalogue._database.write() as session:
        session.execute(update(File).where(File.id == id).values(deleted_at=now(-3600 * hours)))


def test_the_trash_is_emptied_after_a_while(catalogue, workspace, listed, example):
    put(workspace, "young.csv")
    young = listed()["young.csv"]
    for file, hours in ((example, 24.1), (young, 23.9)):
        catalogue.delete(file.id)
        age(catalogue, file.id, hours)
    catalogue.empty_trash()
    assert os.listdir(workspace.trash) == [young.id]
    assert list(listed(is_trash=True)) == ["young.csv"]
    with pytest.raises(NotFoundError):
        catalogue.undelete(example.id)


def test_what_nobody_knows_is_removed_from_the_trash_after_a_week(catalogue, workspace, example):
    catalogue.delete(example.id)
    for id in (example.id, UNKNOWN, JOB):
        (workspace.trash / id).mkdir(exist_ok=True)
    for id in (example.id, UNKNOWN):
        os.utime(workspace.trash / id, (0, 0))
    catalogue.empty_trash()
    assert sorted(os.listdir(workspace.trash)) == sorted([example.id, JOB])


def test_a_deleted_file_can_be_removed_for_good(catalogue, workspace, example):
    with pytest.raises(ConflictError, match="not in the trash"):
        catalogue.purge(example.id)
    catalogue.delete(example.id)
    assert catalogue.purge(example.id).name == NAME
    assert os.listdir(workspace.trash) == []
    with pytest.raises(NotFoundError):
        catalogue.get(example.id)


class Killed(BaseException):
    """What ends a process between two steps."""


@pytest.mark.parametrize("act", ["rename", "delete", "undelete"])
def test_one_who_is_killed_between_folder_and_table_loses_nothing(catalogue, listed, inspected, monkeypatch, act):
    if act == "undelete":
        catalogue.delete(inspected.id)

    def die(*_args, **_values):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Catalogue, "_update", die)
        getattr(catalogue, act)(inspected.id, *(["new.csv"] if act == "rename" else []))
    found = {**listed(), **listed(is_trash=True)}
    (file,) = found.values()
    assert (file.id, file.facts) == (inspected.id, inspected.facts)
    assert file.name == ("new.csv" if act == "rename" else NAME)
    assert (file.deleted_at is not None) == (act == "delete")


def test_what_is_no_id_is_not_found(catalogue):
    for id in ("", "x", "a\0b", "../..", UNKNOWN, UNKNOWN.replace("-", "")):
        for act in (catalogue.get, catalogue.delete, catalogue.undelete, catalogue.purge):
            with pytest.raises(NotFoundError, match="no such file"):
                act(id)


def test_a_file_that_rowmill_wrote_has_a_story(catalogue, workspace, listed, example):
    put(workspace, "out.csv")
    birth = Birth(origin=Origin.RESULT, job_id=JOB, source=NAME, facts=FACTS)
    file = catalogue.note_birth("out.csv", birth)
    assert (file.origin, file.job_id, file.source, file.facts) == (Origin.RESULT, JOB, NAME, FACTS)
    assert listed()["out.csv"] == file
    again = catalogue.note_birth("out.csv", Birth(origin=Origin.UPLOADED))
    assert (again.id, again.origin, again.job_id, again.facts) == (file.id, Origin.UPLOADED, None, FileFacts())
    with pytest.raises(NotFoundError):
        catalogue.note_birth("nothing.csv", birth)


def test_a_result_that_somebody_replaced_is_nobodys_result(catalogue, workspace, listed):
    put(workspace, "out.csv")
    file = catalogue.note_birth("out.csv", Birth(origin=Origin.RESULT, job_id=JOB, source=NAME, facts=FACTS))
    put(workspace, "out.csv", "other\n")
    changed = listed()["out.csv"]
    assert (changed.id, changed.origin, changed.job_id, changed.source) == (file.id, Origin.FOUND, None, None)
    assert changed.has_changed and changed.facts == FileFacts()


def test_a_file_that_was_uploaded_says_so(services):
    upload = services.uploads.receive(Wish("sent.csv"), [b"a\n1\n"])
    (found,) = services.catalogue.page(Listing(search="sent")).files
    assert (found.name, found.origin) == (upload.file, Origin.UPLOADED)


# A reading that was kept


@pytest.fixture
def kept(catalogue, example):
    return catalogue.keep_reading(example.id, CHOICE)


def test_a_kept_reading_goes_with_the_file(catalogue, workspace, listed, kept):
    assert kept.choice == CHOICE and kept.version != "" and not kept.choice_is_older
    assert catalogue.rename(kept.id, "other.csv").choice == CHOICE
    catalogue.delete(kept.id)
    assert catalogue.undelete(kept.id).choice == CHOICE
    (workspace.folder / "other.csv").rename(workspace.folder / "moved.csv")
    assert listed()["moved.csv"].choice == CHOICE


def test_a_kept_reading_outlives_new_bytes_and_says_so(catalogue, workspace, listed, kept):
    (workspace.folder / kept.name).write_text("other;bytes\n1;2\n")
    changed = listed()[kept.name]
    assert (changed.id, changed.choice, changed.choice_is_older) == (kept.id, CHOICE, True)
    catalogue.note_birth(kept.name, Birth(origin=Origin.UPLOADED))
    assert listed()[kept.name].choice == CHOICE
    assert not catalogue.keep_reading(kept.id, CHOICE).choice_is_older


def test_a_result_in_the_files_place_is_read_as_it_is_written(catalogue, listed, kept):
    catalogue.note_birth(kept.name, Birth(origin=Origin.RESULT, job_id="1"))
    assert listed()[kept.name].choice.is_empty


def test_another_file_of_the_name_is_another_file(catalogue, workspace, listed, kept):
    catalogue.delete(kept.id)
    (workspace.folder / kept.name).write_text("a\n1\n")
    assert listed()[kept.name].choice.is_empty
    with pytest.raises(NotFoundError):
        catalogue.keep_reading(kept.id, CHOICE)
