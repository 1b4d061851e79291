"""Whether an aggregate will make many groups, told from the head of the file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from project.engine.dialect import Dialect
from project.engine.groups import are_many

DIALECT = Dialect(encoding="UTF-8", delimiter=";", columns=("a", "b"))


@pytest.mark.parametrize(("different", "many"), [(1, False), (100, False), (400, True), (1000, True)])
def test_many_are_a_quarter_of_the_rows(tmp_path: Path, different: int, many: bool) -> None:
    path = tmp_path / "file.csv"
    path.write_text("a;b\n" + "".join(f"{number % different};x\n" for number in range(1000)), "utf-8")
    assert are_many(path, DIALECT, ("a", "b")) is many
    assert not are_many(path, DIALECT, ("b",))


def test_a_compressed_file_without_whole_records(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(b"a;b\n1"))
    assert not are_many(path, DIALECT.model_copy(update={"compression": "gzip"}), ("a",))
