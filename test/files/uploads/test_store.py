"""Uploads on the disk: what is kept, what is thrown away, and that nothing is a file before it is whole."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from config.settings import ROOT
from project.errors import (
    ChecksumError,
    ConflictError,
    ExistsError,
    InvalidInputError,
    LockedError,
    NoRoomError,
    NotFoundError,
    TooLargeError,
)
from project.faults import VARIABLE
from project.files.uploads import placing
from project.files.uploads.checksum import Checksum
from project.files.uploads.receiving import CutError
from project.files.uploads.store import UploadStore
from project.files.uploads.upload import IfExists, Limits, Wish
from project.operations.recipe import Recipe

BYTES = bytes(range(256)) * 40


@pytest.fixture
def store(workspace):
    return UploadStore(workspace, Limits())


@pytest.fixture
def names(workspace):
    """The files that users see, and how many uploads' folders there are."""
    return lambda: sorted(path.name for path in workspace.folder.iterdir() if path.name[0] != ".")


def begin(store, name="new.csv", length=len(BYTES), **others):
    return store.create(Wish(name, length, **others)).id


def checksum(content, algorithm="sha1"):
    digest = base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
    return Checksum.parse(f"{algorithm} {digest}")


def cut(*blocks):
    yield from blocks
    raise CutError("The connection ended.")


def test_a_whole_upload_is_a_file_and_an_incomplete_one_is_none(store, workspace, names):
    upload_id = begin(store)
    assert store.append(upload_id, 0, [BYTES[:100], BYTES[100:200]]).offset == 200
    assert store.look_up(upload_id).file is None and names() == ["example_input.csv"]
    assert store.append(upload_id, 200, [BYTES[200:]]).file == "new.csv"
    assert (workspace.folder / "new.csv").read_bytes() == BYTES


@pytest.mark.parametrize("place", [0, 1, 255, 4096, len(BYTES) - 1, len(BYTES)])
def test_a_cut_at_any_byte_keeps_what_came(store, workspace, place):
    upload_id = begin(store)
    with pytest.raises(CutError):
        store.append(upload_id, 0, cut(BYTES[:place]))
    upload = store.look_up(upload_id)
    assert upload.offset == place
    store.append(upload_id, place, [BYTES[place:]])
    assert (workspace.folder / "new.csv").read_bytes() == BYTES


def test_another_offset_is_a_conflict_that_changes_nothing(store):
    upload_id = begin(store)
    store.append(upload_id, 0, [b"12345"])
    for offset in (0, 4, 6):
        with pytest.raises(ConflictError, match="has 5 bytes"):
            store.append(upload_id, offset, [b"x"])
    assert store.look_up(upload_id).offset == 5


def test_more_than_was_announced_is_thrown_away(store):
    upload_id = begin(store, length=10)
    store.append(upload_id, 0, [b"1234"])
    with pytest.raises(TooLargeError):
        store.append(upload_id, 4, [b"56789", b"0a"])
    assert store.look_up(upload_id).offset == 4


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_checksum_decides_whether_the_bytes_are_kept(store, algorithm):
    upload_id = begin(store, length=10)
    store.append(upload_id, 0, [b"1234"], checksum(b"1234", algorithm))
    with pytest.raises(ChecksumError):
        store.append(upload_id, 4, [b"5678"], checksum(b"5679", algorithm))
    assert store.look_up(upload_id).offset == 4


def test_bytes_that_a_cut_keeps_from_their_checksum_are_thrown_away(store):
    upload_id = begin(store, length=10)
    with pytest.raises(CutError):
        store.append(upload_id, 0, cut(b"1234"), checksum(b"12345678"))
    assert store.look_up(upload_id).offset == 0


@pytest.mark.parametrize("header", ["", "crc32 AAAA", "sha1 nonsense!", "sha1"])
def test_a_checksum_that_cannot_be_read_is_refused(header):
    with pytest.raises(InvalidInputError):
        Checksum.parse(header)


def test_of_two_at_once_one_writes_and_the_other_is_told(store):
    upload_id = begin(store, length=4)
    began, may_end = threading.Event(), threading.Event()

    def slowly():
        yield b"12"
        began.set()
        may_end.wait(20)
        yield b"34"

    writer = threading.Thread(target=store.append, args=(upload_id, 0, slowly()))
    writer.start()
    assert began.wait(20)
    for ask in (lambda: store.append(upload_id, 0, [b"x"]), lambda: store.look_up(upload_id)):
        with pytest.raises(LockedError):
            ask()
    with pytest.raises(LockedError):
        store.remove(upload_id)
    store.sweep()
    may_end.set()
    writer.join(20)
    assert store.look_up(upload_id).file == "new.csv"


def test_a_full_disk_keeps_what_came_before(store, workspace, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "faults"))
    upload_id = begin(store)
    (tmp_path / "faults").mkdir()

    def blocks():
        yield BYTES[:500]
        (tmp_path / "faults" / "upload-block").write_text("full")
        yield BYTES[500:]

    with pytest.raises(NoRoomError, match="disk is full"):
        store.append(upload_id, 0, blocks())
    assert store.look_up(upload_id).offset == 500
    store.append(upload_id, 500, [BYTES[500:]])
    assert (workspace.folder / "new.csv").read_bytes() == BYTES


KILLED = """
import sys
from pathlib import Path
from project.files.uploads.checksum import Checksum
from project.files.uploads.store import UploadStore
from project.files.uploads.upload import Limits
from project.files.workspace import Workspace

def blocks(fault):
    yield b"1234"
    fault.write_text("kill")
    yield b"5678"

folder, upload_id, fault, header = sys.argv[1:]
checksum = Checksum.parse(header) if header else None
UploadStore(Workspace(Path(folder)), Limits()).append(upload_id, 0, blocks(Path(fault)), checksum)
"""


@pytest.mark.parametrize("header, kept", [("", 4), ("sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0)])
def test_a_killed_process_leaves_what_came_but_nothing_unchecked(store, workspace, tmp_path, header, kept):
    upload_id = begin(store, length=8)
    faults = tmp_path / "faults"
    faults.mkdir()
    arguments = [str(workspace.folder), upload_id, str(faults / "upload-block"), header]
    environment = {**os.environ, VARIABLE: str(faults)}
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert store.under_way()[0].offset == kept
    assert store.look_up(upload_id).offset == kept


@pytest.mark.parametrize("if_exists", list(IfExists))
@pytest.mark.parametrize("point", ["before", "moved", "recorded"])
def test_a_death_while_it_becomes_a_file_is_made_good_once(store, workspace, names, monkeypatch, point, if_exists):
    class Died(BaseException):
        pass

    def die(*_):
        raise Died

    upload_id = begin(store, if_exists=if_exists)
    attribute = {"before": "_move", "moved": "sync", "recorded": "sync"}[point]
    with monkeypatch.context() as patch, pytest.raises(Died):
        if point == "recorded":
            patch.setattr(placing.Path, "unlink", lambda path, **_: die() if path.name == "data" else None)
        else:
            patch.setattr(placing, attribute, die)
        store.append(upload_id, 0, [BYTES])
    store.sweep()
    upload = store.look_up(upload_id)
    assert (upload.file, upload.offset) == ("new.csv", len(BYTES))
    assert names() == ["example_input.csv", "new.csv"]
    assert (workspace.folder / "new.csv").read_bytes() == BYTES


def test_what_has_become_a_file_is_still_known_but_no_longer_under_way(store, workspace):
    upload_id = begin(store)
    store.append(upload_id, 0, [BYTES])
    (workspace.folder / "new.csv").rename(workspace.folder / "renamed.csv")
    assert store.look_up(upload_id).offset == len(BYTES)
    assert store.append(upload_id, len(BYTES), []).file == "new.csv"
    assert store.under_way() == ()
    store.remove(upload_id)
    assert (workspace.folder / "renamed.csv").exists()


def test_an_empty_file_is_whole_at_once(store, workspace):
    assert store.create(Wish("empty.csv", 0)).file == "empty.csv"
    assert (workspace.folder / "empty.csv").read_bytes() == b""


def test_a_taken_name_is_refused_numbered_or_replaced(store, workspace, names):
    with pytest.raises(ExistsError, match="keep both, or replace"):
        begin(store, "example_input.csv")
    for expected in ("example_input (2).csv", "example_input (3).csv"):
        upload_id = begin(store, "example_input.csv", 3, if_exists=IfExists.KEEP_BOTH)
        assert store.append(upload_id, 0, [b"a\n1"]).file == expected
    upload_id = begin(store, "example_input.csv", 3, if_exists=IfExists.REPLACE)
    before = (workspace.folder / "example_input.csv").read_bytes()
    store.append(upload_id, 0, [b"a"])
    assert (workspace.folder / "example_input.csv").read_bytes() == before
    store.append(upload_id, 1, [b"\n1"])
    assert (workspace.folder / "example_input.csv").read_bytes() == b"a\n1"
    assert names() == ["example_input (2).csv", "example_input (3).csv", "example_input.csv"]


def test_a_name_that_is_taken_meanwhile_costs_nobody_a_file(store, workspace):
    upload_id = begin(store, length=3)
    (workspace.folder / "new.csv").write_text("somebody else's")
    assert store.append(upload_id, 0, [b"a\n1"]).file == "new (2).csv"
    assert (workspace.folder / "new.csv").read_text() == "somebody else's"


@pytest.mark.parametrize("if_exists", [IfExists.FAIL, IfExists.REPLACE])
@pytest.mark.parametrize("name, does", [("example_input.csv", "reads"), ("out.csv", "writes")])
def test_the_name_of_a_job_is_not_taken_from_it(services, workspace, name, does, if_exists):
    job = services.jobs.submit("example_input.csv", "out.csv", Recipe())
    if does == "reads" and if_exists is IfExists.FAIL:
        (workspace.folder / "example_input.csv").rename(workspace.folder / "elsewhere.csv")
    with pytest.raises(ExistsError, match=f"{job.id} {does} “{name}” and has not ended: keep both, or wait"):
        services.uploads.create(Wish(name, 3, if_exists))
    upload = services.uploads.create(Wish(name, 3, IfExists.KEEP_BOTH))
    assert services.uploads.append(upload.id, 0, [b"a\n1"]).file == name.replace(".", " (2).")
    services.jobs.cancel(job.id)
    upload = services.uploads.create(Wish(name, 3, IfExists.REPLACE))
    assert services.uploads.append(upload.id, 0, [b"a\n1"]).file == name


def test_a_job_that_comes_while_the_bytes_do_keeps_its_input_and_its_output(services, workspace):
    before = (workspace.folder / "example_input.csv").read_bytes()
    replacing = [services.uploads.create(Wish(name, 3, IfExists.REPLACE)) for name in ("example_input.csv", "out.csv")]
    services.jobs.submit("example_input.csv", "out.csv", Recipe())
    placed = [services.uploads.append(upload.id, 0, [b"a\n1"]).file for upload in replacing]
    assert placed == ["example_input (2).csv", "out (2).csv"]
    assert (workspace.folder / "example_input.csv").read_bytes() == before


def test_where_files_can_have_one_name_only_nothing_is_overwritten_either(store, workspace, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    upload_id = begin(store, length=3)
    (workspace.folder / "new.csv").write_text("somebody else's")
    monkeypatch.setattr(os, "link", refuse)
    assert store.append(upload_id, 0, [b"a\n1"]).file == "new (2).csv"
    assert (workspace.folder / "new (2).csv").read_bytes() == b"a\n1"
    assert (workspace.folder / "new.csv").read_text() == "somebody else's"


def test_a_disk_that_is_full_at_the_last_step_is_told_and_made_good(store, names, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    upload_id = begin(store)
    with monkeypatch.context() as patch:
        patch.setattr("project.files.uploads.folder.UploadFolder.write", full)
        with pytest.raises(NoRoomError, match="disk is full"):
            store.append(upload_id, 0, [BYTES])
        with pytest.raises(NoRoomError, match="disk is full"):
            begin(store, "other.csv")
    assert store.look_up(upload_id).file == "new.csv"
    assert names() == ["example_input.csv", "new.csv"]


@pytest.mark.parametrize("name", ["", "../x.csv", ".hidden", "a/b", "a\nb", "x" * 256])
def test_a_name_that_no_file_can_have_is_refused(store, name):
    with pytest.raises(InvalidInputError) as caught:
        begin(store, name)
    assert caught.value.field == "file" and "The file’s name" in caught.value.message


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.csv".replace("/", "∕"), "\u202egnp.csv", "Ümläut 日本.csv"]
)
def test_a_strange_name_is_kept_exactly(store, names, name):
    store.append(begin(store, name), 0, [BYTES])
    assert name in names()


def test_a_folder_of_that_name_is_never_replaced(store, workspace):
    (workspace.folder / "new.csv").mkdir()
    for choice in IfExists:
        with pytest.raises(InvalidInputError, match="no regular file"):
            begin(store, if_exists=choice)


def test_what_nobody_finishes_is_swept_when_its_time_is_over(store, workspace):
    old, young = begin(store), begin(store, "young.csv")
    for path in (workspace.uploads / old, workspace.uploads / old / "data"):
        os.utime(path, (time.time() - 25 * 3600,) * 2)
    store.sweep()
    assert [upload.id for upload in store.under_way()] == [young]
    with pytest.raises(NotFoundError, match="has expired"):
        store.look_up(old)
    assert not (workspace.uploads / old).exists()


def test_a_folder_that_was_never_filled_is_swept_too(store, workspace):
    folder = workspace.uploads / ("a" * 32)
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    store.sweep()
    assert folder.exists()
    os.utime(folder, (time.time() - 25 * 3600,) * 2)
    store.sweep()
    assert not folder.exists()


def test_a_largest_size_and_a_quota_are_kept(workspace):
    limited = UploadStore(workspace, Limits(most=1000, quota=1500))
    assert limited.largest() == 1000
    with pytest.raises(TooLargeError, match="UPLOAD_MAX_MB"):
        begin(limited, length=1001)
    begin(limited, length=1000)  # the example has 199 bytes
    assert limited.largest() == 301
    with pytest.raises(NoRoomError, match="UPLOAD_QUOTA_MB"):
        begin(limited, "second.csv", length=302)
    begin(limited, "second.csv", length=301)


def test_more_than_the_disk_holds_is_refused_before_it_comes(store):
    with pytest.raises(NoRoomError, match="disk has no room"):
        begin(store, length=1 << 60)


def test_a_cancelled_upload_leaves_nothing(store, workspace):
    upload_id = begin(store)
    store.append(upload_id, 0, [b"123"])
    store.remove(upload_id)
    assert [path.name for path in workspace.uploads.iterdir()] == ["lock"]
    for ask in (store.look_up, store.remove):
        with pytest.raises(NotFoundError):
            ask(upload_id)


@pytest.mark.parametrize("upload_id", ["", "..", "x", "../attempts", "0" * 31, "g" * 32])
def test_an_id_is_no_path(store, upload_id):
    with pytest.raises(NotFoundError):
        store.look_up(upload_id)


def test_a_file_in_one_go_is_whole_or_leaves_nothing(store, workspace, names):
    upload = store.receive(Wish("one.csv"), [b"a\n", b"1\n"])
    assert (upload.file, upload.length) == ("one.csv", 4)
    with pytest.raises(CutError):
        store.receive(Wish("two.csv"), cut(b"a\n"))
    with pytest.raises(TooLargeError):
        store.receive(Wish("two.csv", 3), [b"a\n1\n"])
    assert names() == ["example_input.csv", "one.csv"]
    store.sweep()
    assert store.look_up(upload.id).file == "one.csv"


def test_a_file_of_unknown_length_is_kept_to_the_limits_and_keeps_nobody_out(workspace):
    limited = UploadStore(workspace, Limits(most=1000, quota=2000))

    def beside_another():
        yield b"x" * 500
        begin(limited, "beside.csv", length=1000)
        yield b"x" * 500

    assert limited.receive(Wish("one.csv"), beside_another()).length == 1000
    with pytest.raises(NoRoomError, match="UPLOAD_QUOTA_MB"):
        begin(limited, "late.csv", length=1)
    with pytest.raises(TooLargeError):
        UploadStore(workspace, Limits(most=10)).receive(Wish("two.csv"), [b"x" * 6, b"x" * 6])


def test_a_file_in_one_go_whose_process_died_is_swept_at_once(store, workspace, monkeypatch):
    class Died(BaseException):
        pass

    def dying():
        monkeypatch.setattr("project.files.uploads.folder.UploadFolder.remove", lambda _: None)
        yield b"a\n"
        raise Died

    with pytest.raises(Died):
        store.receive(Wish("one.csv"), dying())
    monkeypatch.undo()
    assert store.resumable() == () and len(store.under_way()) == 1
    store.sweep()
    assert store.under_way() == ()


def test_the_workers_sweep_clears_uploads_too(services):
    upload = services.uploads.create(Wish("old.csv", 10))
    folder = services.workspace.uploads / upload.id
    for path in (folder, folder / "data"):
        os.utime(path, (0, 0))
    services.sweeper().sweep()
    assert not folder.exists()
