"""Downloads in other formats: made once by a real process, handed out only when they are whole, and swept."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from project.errors import ConflictError, FailureError, LimitError
from project.files.exports import store
from project.files.exports.source import Source, stamp_of, written
from project.files.exports.store import Exports
from project.files.workspace import Workspace

WaitUntil = Callable[..., None]
# Says that it is there, waits for a file, and leaves the target.
SLOW = (
    "import json, sys, time, pathlib; plan = json.loads(sys.argv[1]); target = pathlib.Path(plan['target'])\n"
    "while not pathlib.Path(plan['columns'][0]).exists(): time.sleep(0.01)\n"
    "target.write_text('done'); print(json.dumps({'event': 'exported'}))"
)


@pytest.fixture
def result(workspace: Workspace) -> Path:
    path = workspace.folder / "out.csv"
    path.write_text('song,plays\na,007\n,""\n')
    return path


def test_a_conversion_is_made_once_and_kept(workspace: Workspace, result: Path) -> None:
    exports = Exports(workspace, patience=60)
    source = written("job", "out.csv", result, 2)
    path = exports.get(source, "jsonl")
    assert path is not None
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"song": "a", "plays": "007"},
        {"song": None, "plays": ""},
    ]
    before = path.stat().st_ino
    assert exports.get(source, "jsonl") == path
    assert path.stat().st_ino == before
    assert [each.name for each in path.parent.iterdir()] == ["rows.jsonl"]
    assert Exports(workspace, patience=0).get(source, "jsonl") == path  # after a restart
    assert exports.get(source, "parquet") != path


def test_clean_csv_is_csv_as_it_stands(workspace: Workspace, result: Path) -> None:
    exports = Exports(workspace, patience=60)
    source = written("job", "out.csv", result, 2)
    assert exports.get(source, "csv") == result
    safe = exports.get(source, "csv", safe=True)
    assert safe is not None and safe != result and safe.read_bytes() == result.read_bytes()


def test_other_bytes_are_another_conversion(workspace: Workspace, result: Path) -> None:
    exports = Exports(workspace, patience=60)
    first = exports.get(written("job", "out.csv", result, 1), "parquet")
    result.write_text("song,plays\nb,1\n")
    os.utime(result, ns=(1, 1))
    second = exports.get(written("job", "out.csv", result, 1), "parquet")
    assert first is not None and second is not None
    assert pl.read_parquet(second).rows() == [("b", "1")]
    assert pl.read_parquet(first).rows() == [("a", "007"), (None, "")]


def test_what_changes_meanwhile_is_not_handed_out(workspace: Workspace, result: Path) -> None:
    source = written("job", "out.csv", result, 1)
    with result.open("a") as file:
        file.write("b,2\n")
    os.utime(result, ns=(1, 1))
    with pytest.raises(ConflictError, match="changed while it was being converted"):
        Exports(workspace, patience=60).get(source, "parquet")
    assert list(workspace.exports.iterdir()) == []


def slow(workspace: Workspace, name: str, result: Path) -> Source:
    return Source(name, name, result, (str(workspace.folder / name),), 1, stamp_of(result))


def test_who_asks_again_waits_for_the_same_one_and_others_take_turns(
    workspace: Workspace, result: Path, wait_until: WaitUntil
) -> None:
    exports = Exports(workspace, patience=0, command=(sys.executable, "-c", SLOW))
    sources = [slow(workspace, name, result) for name in ("one", "two", "three")]
    assert [exports.get(source, "csv") for source in sources for _ in range(2)] == [None] * 6
    assert len(list(workspace.exports.iterdir())) == 2
    (workspace.folder / "one").touch()
    wait_until(lambda: exports.get(sources[0], "csv"))
    assert exports.get(sources[2], "csv") is None
    assert len(list(workspace.exports.iterdir())) == 3
    for name in ("two", "three"):
        (workspace.folder / name).touch()
    wait_until(lambda: exports.get(sources[1], "csv") and exports.get(sources[2], "csv"))


def test_failures_are_told_and_leave_nothing(workspace: Workspace, result: Path) -> None:
    source = written("job", "out.csv", result, 2)
    with pytest.raises(LimitError, match="There are 2,000,000 rows"):
        Exports(workspace).get(Source(**{**vars(source), "rows": 2_000_000}), "xlsx")
    result.write_text(f"song,plays\n{'x' * 40_000},1\n")
    exports = Exports(workspace, patience=60)
    with pytest.raises(FailureError, match="a cell of Excel holds 32,767") as caught:
        exports.get(written("job", "out.csv", result, 1), "xlsx")
    assert caught.value.code == "limit"
    dead = Exports(workspace, patience=60, command=(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
    with pytest.raises(FailureError, match="The conversion ended without an answer"):
        dead.get(source, "parquet")
    assert list(workspace.exports.iterdir()) == []


def test_what_nobody_asks_for_is_swept(workspace: Workspace, result: Path) -> None:
    exports = Exports(workspace, patience=60)
    exports.sweep()
    path = exports.get(written("job", "out.csv", result, 2), "jsonl")
    assert path is not None
    left = workspace.exports / "left"
    left.mkdir()
    (left / "converted.1.part").touch()
    exports.sweep()
    assert path.exists() and left.exists()
    old = time.time() - store._KEPT_SECONDS - 10
    for each in (path, path.parent, left / "converted.1.part", left):
        os.utime(each, (old, old))
    assert exports.get(written("job", "out.csv", result, 2), "jsonl") == path
    exports.sweep()
    assert path.exists() and not left.exists()


def test_a_process_ends_with_its_parent_and_leaves_no_target(workspace: Workspace, result: Path) -> None:
    exports = Exports(workspace, patience=0, command=(sys.executable, "-c", SLOW.replace("import json", WATCH, 1)))
    source = slow(workspace, "never", result)
    assert exports.get(source, "csv") is None
    (conversion,) = exports._begun.values()
    assert conversion.process.stdin is not None
    conversion.process.stdin.close()
    assert conversion.process.wait(20) == 70


WATCH = "from project.engine.parent import end_with_parent; end_with_parent(); import json"
