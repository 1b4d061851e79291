"""csv and SQLite: each row is added to its total in a table, and committed, before the next one is read."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

_TABLE = "CREATE TABLE total (song TEXT, date TEXT, plays INTEGER, PRIMARY KEY (song, date))"
_ADD = """INSERT INTO total VALUES (:Song, :Date, CAST(:plays AS INTEGER))
          ON CONFLICT (song, date) DO UPDATE SET plays = plays + excluded.plays"""


def _total(source: str, result: str) -> None:
    connection = sqlite3.connect(Path(result).with_name("total.sqlite"))
    connection.execute(_TABLE)
    with open(source, newline="") as file:
        for row in csv.DictReader(file):
            connection.execute(_ADD, {"Song": row["Song"], "Date": row["Date"], "plays": row["Number of Plays"]})
            connection.commit()
    with open(result, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["Song", "Date", "Total"])
        writer.writerows(connection.execute("SELECT * FROM total ORDER BY song, date"))


WORKS = {"total": _total}
