"""Formats are read and written in memory that does not grow with the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from project.engine.dialect import Format
from project.engine.export.plan import ExportPlan

ROWS = 300_000
# A process that has Polars loaded takes about 100 MB. The file's texts alone are 300 MB.
PEAK_MB = 360

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory in /proc")

# Of the process itself: what getrusage tells has the parent's in it.
PEAK = """
def peak():
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))) // 1024
"""
EXPORT = f"""{PEAK}
import sys
from project.engine.export.__main__ import main
from project.engine.export.plan import ExportPlan
print(main(ExportPlan.model_validate_json(sys.argv[1])).event, peak())
"""
READ = f"""{PEAK}
import sys
from pathlib import Path
from project.engine.formats.opening import open_rows
rows = open_rows(Path(sys.argv[1]), sys.argv[2], "none", None, ("text", "number"))
print(sum(len(piece) for piece in rows.pieces()), peak())
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As an inspection writes it: groups of some megabytes."""
    path = tmp_path_factory.mktemp("memory") / "data.parquet"
    number = pl.int_range(ROWS, eager=True).cast(pl.String)
    text = (number + "-").str.pad_end(1000, "x")
    pl.DataFrame({"text": text, "number": number}).write_parquet(path, row_group_size=4_000)
    return path


@pytest.mark.parametrize("format", ["parquet", "jsonl", "xlsx"])
def test_what_is_written_and_read_again_is_never_held_as_a_whole(source: Path, tmp_path: Path, format: Format) -> None:
    target = tmp_path / "out"
    plan = ExportPlan(source=source, columns=("text", "number"), format=format, target=target)
    event, exported = _said(EXPORT, plan.model_dump_json())
    size, read = _said(READ, str(target), format)
    assert event == "exported"
    assert int(size) > ROWS * 1000
    assert max(int(exported), int(read)) < PEAK_MB


def _said(program: str, *arguments: str) -> list[str]:
    return subprocess.check_output([sys.executable, "-c", program, *arguments], text=True).split()
