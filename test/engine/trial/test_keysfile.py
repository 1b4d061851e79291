"""The keys' file is read in blocks that end with whole records, whatever the keys hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.engine.result import as_csv
from project.engine.trial.keysfile import read_keys

SCHEMA = {"key0": pl.String(), "rows": pl.Int64()}
KEYS = st.one_of(st.none(), st.text(st.sampled_from('a",\n\r\ufeff '), max_size=8))


@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 20])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(KEYS, max_size=12), name=st.sampled_from(["k", 'a\n"b', "rows\r\n"]))
def test_all_keys_come_back(tmp_path: Path, keys: list[str | None], name: str, block_bytes: int) -> None:
    frame = pl.DataFrame({"key0": keys, "rows": range(len(keys))}, schema=SCHEMA)
    path = tmp_path / "keys.csv"
    path.write_bytes(as_csv(frame.rename({"key0": name}), header=True))
    found = pl.concat([frame.clear(), *read_keys(path, SCHEMA, block_bytes)])
    assert found.rows() == frame.rows()
