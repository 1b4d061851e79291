"""The ledger as a table: a line for each other table that rows were matched with."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace

from flask import Flask, render_template

from project.engine.ledger import Ledger, StepCounts, TableCounts


def test_other_tables_have_a_line_of_their_own(app: Flask) -> None:
    ledger = Ledger(
        read=6,
        kept=6,
        rejected=0,
        blank=0,
        steps=(StepCounts(operation="join", rows_in=6, rows_out=7, filtered=2, added=3),),
        written=7,
        tables=(TableCounts(step=1, name="<b>.csv", read=9, kept=7, rejected=1, blank=1),),
    )
    ledger.check()
    with app.test_request_context():
        page = render_template("jobs/_account.html", job=SimpleNamespace(ledger=ledger))
    lines = [" ".join(unescape(re.sub("<[^>]*>", " ", row)).split()) for row in page.split("</tr>")]
    assert lines[1:4] == [
        "Read 6 0 0 – – – 6",
        "<b>.csv (for step 1) 9 1 1 – – – 7",
        "1. Join 6 – – 2 0 3 7",
    ]
    assert "<b>" not in page
