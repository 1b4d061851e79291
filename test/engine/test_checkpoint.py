"""Resuming: an attempt goes on from what an earlier one has finished, and its result is the same bytes."""

from __future__ import annotations

import errno
import io
import shutil
from pathlib import Path

import pytest

from project.cli.generate_dataset import chunks
from project.engine import checkpoint, journal
from project.engine.attempt import carry_out
from project.engine.check import StructuralCheck
from project.engine.events import Finished
from project.engine.plan import CHECKED_FILE, NOTED_FILE, REJECTS_FILE, RESULT_FILE, WRITTEN_FILE, Plan
from project.engine.reporter import Reporter
from project.engine.result import ResultFile
from project.operations.recipe import Recipe

ROWS = 200_000
FILTER = {"steps": [{"operation": "filter", "where": [{"column": "Number of Plays", "test": "gt", "value": 500}]}]}
TOTAL = {"steps": [{"operation": "aggregate", "group_by": ["Date"], "measures": [{"function": "count"}]}]}


class Died(BaseException):
    """Stands for a kill: nothing handles it."""


@pytest.fixture
def keeps_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints of small files, after every piece."""
    monkeypatch.setattr(checkpoint, "WORTH_KEEPING_BYTES", 0)
    monkeypatch.setattr(journal, "_SECONDS_BETWEEN", 0.0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "plays.csv"
    body = b"".join(chunks(ROWS, 100, 1))
    path.write_bytes(b"Song,Date,Number of Plays\n" + body + b"short,row\n\n" + body[:260])
    return path


def plan_of(source: Path, folder: Path, recipe: dict[str, object], earlier: Path | None = None) -> Plan:
    (folder / "spill").mkdir(parents=True)
    return Plan(
        job_id="job",
        attempt=1,
        input=source,
        input_name=source.name,
        folder=folder,
        earlier=earlier,
        recipe=Recipe.parse(recipe),
        memory_mb=64,
        spill_mb=1000,
        output_mb=1000,
    )


def carried_out(plan: Plan) -> tuple[Finished, str]:
    """What was done, and what was said of it."""
    said = io.StringIO()
    return carry_out(plan, Reporter(said)), said.getvalue()


def die_behind(pieces: int, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let the engine die when it writes the rows of the piece behind that many."""
    write = ResultFile.write
    left = [pieces]

    def dying(self: ResultFile, csv: bytes, rows: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            self._append(csv[: len(csv) // 2])
            raise Died
        write(self, csv, rows)

    monkeypatch.setattr(ResultFile, "write", dying)
    return monkeypatch


@pytest.mark.usefixtures("keeps_all")
@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_goes_on_behind_the_last_finished_piece_with_the_same_bytes(source: Path, tmp_path: Path, pieces: int) -> None:
    undisturbed, _ = carried_out(plan_of(source, tmp_path / "undisturbed", FILTER))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        die_behind(pieces, patch)
        carried_out(plan_of(source, tmp_path / "first", FILTER))
    assert (tmp_path / "first" / CHECKED_FILE).exists()
    assert (tmp_path / "first" / WRITTEN_FILE).exists() == (pieces > 0)

    resumed, said = carried_out(plan_of(source, tmp_path / "second", FILTER, earlier=tmp_path / "first"))

    assert resumed.ledger == undisturbed.ledger
    for name in (RESULT_FILE, REJECTS_FILE):
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    assert ("Goes on behind" in said) == (pieces > 0)
    assert "is not repeated" in said


@pytest.mark.usefixtures("keeps_all")
def test_the_check_is_not_repeated_for_steps_that_need_all_rows(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, _ = carried_out(plan_of(source, tmp_path / "undisturbed", TOTAL))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        die_behind(0, patch)
        carried_out(plan_of(source, tmp_path / "first", TOTAL))
    monkeypatch.setattr(StructuralCheck, "run", lambda self: pytest.fail("the file was checked again"))

    resumed, _ = carried_out(plan_of(source, tmp_path / "second", TOTAL, earlier=tmp_path / "first"))

    assert resumed.ledger == undisturbed.ledger


@pytest.mark.usefixtures("keeps_all")
def test_begins_again_when_the_input_is_another_by_now(source: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        die_behind(2, patch)
        carried_out(plan_of(source, tmp_path / "first", FILTER))
    other = source.with_suffix(".new")
    other.write_bytes(source.read_bytes().replace(b"2024-01-01", b"2025-01-01"))
    other.replace(source)

    _, said = carried_out(plan_of(source, tmp_path / "second", FILTER, earlier=tmp_path / "first"))

    assert "Goes on behind" not in said
    assert b"2024-01-01" not in (tmp_path / "second" / RESULT_FILE).read_bytes()
    assert "is not repeated" not in said


@pytest.mark.usefixtures("keeps_all")
@pytest.mark.parametrize("name", [CHECKED_FILE, WRITTEN_FILE, RESULT_FILE])
def test_begins_again_where_a_checkpoint_is_damaged(source: Path, tmp_path: Path, name: str) -> None:
    undisturbed, _ = carried_out(plan_of(source, tmp_path / "undisturbed", FILTER))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        die_behind(3, patch)
        carried_out(plan_of(source, tmp_path / "first", FILTER))
    damaged = tmp_path / "first" / name
    damaged.write_bytes(damaged.read_bytes()[:40])

    carried_out(plan_of(source, tmp_path / "second", FILTER, earlier=tmp_path / "first"))

    result = (tmp_path / "second" / RESULT_FILE).read_bytes()
    assert result == (tmp_path / "undisturbed" / RESULT_FILE).read_bytes()


@pytest.mark.usefixtures("keeps_all")
@pytest.mark.parametrize("calls", range(6))
def test_the_same_bytes_come_whenever_the_earlier_folder_vanishes(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """A stale worker that wakes up, or a sweeper, removes it while the next attempt takes from it."""
    undisturbed, _ = carried_out(plan_of(source, tmp_path / "undisturbed", FILTER))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        die_behind(3, patch)
        carried_out(plan_of(source, tmp_path / "first", FILTER))
    stale = (tmp_path / "first" / REJECTS_FILE).open("rb")
    left = [calls]

    def vanishing(name: str) -> None:
        take = getattr(checkpoint, name)

        def vanish(*arguments: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                shutil.rmtree(tmp_path / "first")
            return take(*arguments)

        monkeypatch.setattr(checkpoint, name, vanish)

    for name in ("take_checked", "_take", "_copy", "replace_file"):
        vanishing(name)
    if not calls:
        shutil.rmtree(tmp_path / "first")
    resumed, _ = carried_out(plan_of(source, tmp_path / "second", FILTER, earlier=tmp_path / "first"))

    assert not (tmp_path / "first").exists()
    assert resumed.ledger == undisturbed.ledger
    for name in (RESULT_FILE, REJECTS_FILE):
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    with stale:
        assert stale.read() == (tmp_path / "undisturbed" / REJECTS_FILE).read_bytes(), "a file of another was changed"


@pytest.mark.usefixtures("keeps_all")
def test_a_disk_without_room_for_a_checkpoint_does_not_fail_the_job(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, _ = carried_out(plan_of(source, tmp_path / "undisturbed", FILTER))

    def full(path: Path, text: str) -> None:
        path.with_suffix(".new").write_text(text[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "replace_file", full)
    disturbed, _ = carried_out(plan_of(source, tmp_path / "disturbed", FILTER))
    assert disturbed.ledger == undisturbed.ledger
    left = {path.name for path in (tmp_path / "disturbed").iterdir() if path.suffix in (".new", ".json")}
    assert left == set()


def test_a_job_that_replaces_the_input_does_not_disturb_one_that_reads_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed, _ = carried_out(plan_of(source, tmp_path / "undisturbed", FILTER))
    run = StructuralCheck.run

    def replaced_meanwhile(self: StructuralCheck) -> object:
        found = run(self)
        other = tmp_path / "other"
        other.write_bytes(b"another,file\n")
        other.replace(source)
        return found

    monkeypatch.setattr(StructuralCheck, "run", replaced_meanwhile)
    disturbed, _ = carried_out(plan_of(source, tmp_path / "disturbed", FILTER))
    assert disturbed.ledger == undisturbed.ledger


@pytest.mark.parametrize("boots, is_kept", [(["a", "a"], True), (["a", "b"], False), (["", ""], False)])
def test_what_was_not_synced_holds_only_as_long_as_the_machine_runs(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boots: list[str], is_kept: bool
) -> None:
    monkeypatch.setattr(checkpoint, "WORTH_KEEPING_BYTES", 0)
    undisturbed, _ = carried_out(plan_of(source, tmp_path / "undisturbed", FILTER))
    monkeypatch.setattr(checkpoint, "boot", lambda: boots[0])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        die_behind(2, patch)
        carried_out(plan_of(source, tmp_path / "first", FILTER))
    assert (tmp_path / "first" / NOTED_FILE).exists() == bool(boots[0])
    assert not (tmp_path / "first" / WRITTEN_FILE).exists()

    monkeypatch.setattr(checkpoint, "boot", lambda: boots[1])
    resumed, said = carried_out(plan_of(source, tmp_path / "second", FILTER, earlier=tmp_path / "first"))

    assert ("Goes on behind" in said) == is_kept
    assert resumed.ledger == undisturbed.ledger
    result = (tmp_path / "second" / RESULT_FILE).read_bytes()
    assert result == (tmp_path / "undisturbed" / RESULT_FILE).read_bytes()
