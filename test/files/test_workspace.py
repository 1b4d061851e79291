"""Names: what is refused, and that nothing outside the workspace is ever touched."""

from __future__ import annotations

import os

import pytest

from project.errors import InvalidInputError, NotFoundError

BAD_NAMES = [
    ("", "is empty"),
    ("   ", "is empty"),
    ("../secret.csv", "“/”"),
    ("/etc/passwd", "“/”"),
    ("sub/file.csv", "“/”"),
    ("..", "begins with a dot"),
    (".", "begins with a dot"),
    (".hidden", "begins with a dot"),
    (".rowmill", "begins with a dot"),
    ("a\0.csv", "control character"),
    ("a\n.csv", "control character"),
    ("a\x7f.csv", "control character"),
    ("a\udc80.csv", "invalid character"),
    ("x" * 256, "longer than 255 bytes"),
    ("ü" * 128, "longer than 255 bytes"),
]


@pytest.mark.parametrize("name, sentence", BAD_NAMES)
def test_a_bad_name_is_refused_with_a_sentence(workspace, name, sentence):
    for ask, field in ((workspace.input, "input"), (workspace.output, "output")):
        with pytest.raises(InvalidInputError) as caught:
            ask(name)
        assert caught.value.field == field and field in caught.value.message
        if len(name) < 128:
            assert sentence in caught.value.message


@pytest.mark.parametrize("name", ["Ümläut.csv", "a b.csv", "x..y", "日本.csv", "-rf", "a%2Fb"])
def test_other_names_are_welcome(workspace, name):
    (workspace.folder / name).write_text("a\n")
    assert workspace.input(name).read_text() == "a\n"
    assert workspace.output(name) == workspace.folder / name


def test_a_missing_input_is_not_found(workspace):
    with pytest.raises(NotFoundError, match="no file “nothing.csv”") as caught:
        workspace.input("nothing.csv")
    assert caught.value.field == "input"


def test_a_folder_is_no_input_and_no_output(workspace):
    (workspace.folder / "folder").mkdir()
    with pytest.raises(InvalidInputError, match="is a folder"):
        workspace.input("folder")
    with pytest.raises(InvalidInputError, match="not a regular file"):
        workspace.output("folder")


def test_a_pipe_is_refused_without_being_opened(workspace):
    os.mkfifo(workspace.folder / "pipe")
    with pytest.raises(InvalidInputError, match="not a regular file"):
        workspace.input("pipe")


def test_a_link_out_of_the_workspace_is_refused(workspace, tmp_path):
    (tmp_path / "secret.csv").write_text("secret")
    (workspace.folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (workspace.folder / "loop.csv").symlink_to("loop.csv")
    (workspace.folder / "dangling.csv").symlink_to("../nothing.csv")
    for name in ("link.csv", "dangling.csv"):
        with pytest.raises(InvalidInputError, match="leads out of the workspace"):
            workspace.input(name)
    with pytest.raises(InvalidInputError):
        workspace.input("loop.csv")
    with pytest.raises(NotFoundError):
        workspace.published("link.csv")


def test_a_link_within_the_workspace_is_read_but_never_replaced(workspace):
    (workspace.folder / "link.csv").symlink_to("example_input.csv")
    assert workspace.input("link.csv")
    with pytest.raises(InvalidInputError, match="not a regular file"):
        workspace.output("link.csv")


def test_a_link_to_where_the_workspace_keeps_its_own_is_refused(workspace):
    plan = workspace.make_attempt_folder("id", 1) / "plan.json"
    plan.write_text("{}")
    (workspace.folder / "link.csv").symlink_to(plan)
    with pytest.raises(InvalidInputError, match="leads out of the workspace"):
        workspace.input("link.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(workspace):
    (workspace.folder / "locked.csv").touch(mode=0o000)
    with pytest.raises(InvalidInputError, match="may not be read"):
        workspace.input("locked.csv")


def test_names_of_rejects_are_kept_for_rejects(workspace):
    with pytest.raises(InvalidInputError, match="keeps such names"):
        workspace.output("x.rejects.csv")
    (workspace.folder / "out.csv.rejects.csv").mkdir()
    with pytest.raises(InvalidInputError, match="out.csv.rejects.csv"):
        workspace.output("out.csv")


def test_an_outputs_name_leaves_room_for_that_of_its_rejects(workspace):
    assert workspace.output("x" * 243)
    with pytest.raises(InvalidInputError, match="longer than 243 bytes"):
        workspace.output("x" * 244)


def test_the_list_shows_what_a_user_can_name_newest_first(workspace):
    for number, name in enumerate((".hidden", "old.csv", "new.csv")):
        path = workspace.folder / name
        path.write_text("x" * number)
        os.utime(path, (number, number))
    (workspace.folder / "folder").mkdir()
    workspace.make_attempt_folder("id", 1)
    assert [entry.name for entry in workspace.list()] == ["example_input.csv", "new.csv", "old.csv"]
    assert [entry.size for entry in workspace.list(limit=2)] == [199, 2]


def test_an_attempts_folder_is_private_new_and_removed_whole(workspace):
    folder = workspace.make_attempt_folder("id", 2)
    assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(FileExistsError):
        workspace.make_attempt_folder("id", 2)
    (folder / "spill").mkdir()
    assert workspace.attempt_folders() == (("id", 2),)
    workspace.remove_attempt_folder("id", 2)
    assert workspace.attempt_folders() == ()


def test_an_attempts_folder_is_stripped_to_what_is_of_use_also_when_another_worker_has_removed_it(workspace):
    folder = workspace.make_attempt_folder("id", 1)
    (folder / "spill").mkdir()
    for name in ("kept", "spill/part", "plan"):
        (folder / name).touch()
    assert workspace.strip_attempt_folder("id", 1, {"kept", "other"})
    assert [path.name for path in folder.iterdir()] == ["kept"]
    assert not workspace.strip_attempt_folder("id", 1, {"other"})
    workspace.remove_attempt_folder("id", 1)
    assert not workspace.strip_attempt_folder("id", 1, {"kept"})
