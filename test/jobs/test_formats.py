"""Files of other formats go through a real worker, and every row is accounted for."""

from __future__ import annotations

import json

import polars as pl
import xlsxwriter

from project.jobs.states import JobState
from project.operations.recipe import Recipe


def test_jobs_on_other_formats_balance(services, redis, start_worker, wait_until):
    folder = services.workspace.folder
    rows = [{"song": f"song {number}", "plays": f"{number:03}"} for number in range(300)]
    pl.DataFrame(rows).write_parquet(folder / "a.parquet", row_group_size=70)
    (folder / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "nope\n\n")
    book = xlsxwriter.Workbook(folder / "a.xlsx")
    sheet = book.add_worksheet()
    for number, row in enumerate([{"song": "song", "plays": "plays"}, *rows]):
        sheet.write_row(number, 0, list(row.values()))
    book.close()
    start_worker()
    jobs = {name: services.jobs.submit(f"a.{name}", f"{name}.csv", Recipe()) for name in ("parquet", "jsonl", "xlsx")}
    wait_until(lambda: all(services.jobs.get(job.id).state is JobState.SUCCEEDED for job in jobs.values()), seconds=60)
    whole = "song,plays\n" + "".join(f"{row['song']},{row['plays']}\n" for row in rows)
    for name, job in jobs.items():
        ledger = services.jobs.get(job.id).ledger
        ledger.check()
        set_aside = (1, 1) if name == "jsonl" else (0, 0)
        assert (ledger.kept, (ledger.rejected, ledger.blank), ledger.written) == (300, set_aside, 300)
        assert (folder / f"{name}.csv").read_text() == whole
    assert (folder / "jsonl.csv.rejects.csv").read_text().splitlines()[1].startswith("301,301,")
