"""What is sure not to fit on the disk is not begun, and what would fit is never refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from project.engine.limits import spill_limit
from project.engine.partition import SpillFolder, held_bytes
from project.engine.room import check_room, least_bytes
from project.errors import DiskFullError, LimitError, RowmillError

MB = 1024 * 1024
ROWS = 200_000
PIECES = 20
KEY = pl.col("key")

chance = random.Random(4)
TABLES: dict[str, Callable[[], pl.DataFrame]] = {
    "numbers": lambda: pl.DataFrame({"key": [chance.getrandbits(62) for _ in range(ROWS)]}),
    "texts": lambda: pl.DataFrame({"key": [f"{chance.getrandbits(100):032x}" for _ in range(ROWS)]}),
    "all equal": lambda: pl.DataFrame({"key": ["the same"] * ROWS, "other": [1] * ROWS}),
    "few keys": lambda: pl.DataFrame(
        {"key": [f"song {chance.randrange(50)}" for _ in range(ROWS)], "note": [f"{n}.5" for n in range(ROWS)]}
    ),
    "partly equal": lambda: pl.DataFrame({"key": ["x" * 40 if n % 2 else f"{chance.random()}" for n in range(ROWS)]}),
}


@pytest.fixture(params=TABLES)
def table(request: pytest.FixtureRequest) -> pl.DataFrame:
    return TABLES[request.param]()


def sampler(table: pl.DataFrame) -> Callable[[int], tuple[pl.DataFrame, int]]:
    size = table.height // PIECES

    def sample(number: int) -> tuple[pl.DataFrame, int]:
        return table.slice(number * size, size), size

    return sample


def check(table: pl.DataFrame, spill: SpillFolder) -> None:
    check_room(spill, held_bytes(table), table.height, PIECES, sampler(table), KEY)


def test_the_estimate_is_below_what_the_rows_take_however_they_are_spread(table: pl.DataFrame, tmp_path: Path) -> None:
    least = least_bytes(table.height, map(sampler(table), range(PIECES)), KEY)
    for parts in (1, 7, 40):
        spill = SpillFolder(tmp_path, spill_limit(1000))
        for part in table.sort(KEY).iter_slices(-(-table.height // parts)):
            spill.write(part)
        assert 0 < least < spill.used


def test_of_what_does_not_pack_it_is_half(tmp_path: Path) -> None:
    table = TABLES["texts"]()
    size = SpillFolder(tmp_path, spill_limit(100)).write(table).stat().st_size
    assert 0.4 < least_bytes(ROWS, map(sampler(table), range(PIECES)), KEY) / size <= 0.5


def test_rows_that_may_all_be_filtered_out_are_not_counted() -> None:
    table = TABLES["numbers"]()
    samples = [(table, table.height), (table.clear(), 1000)]
    assert least_bytes(10**9, samples, KEY) == 0


def test_what_fits_is_not_even_looked_at(tmp_path: Path) -> None:
    def sample(number: int) -> tuple[pl.DataFrame, int]:
        raise AssertionError(f"piece {number} was loaded")

    check_room(SpillFolder(tmp_path, spill_limit(10)), 9 * MB, ROWS, PIECES, sample, KEY)


def test_what_packs_well_enough_is_begun(tmp_path: Path) -> None:
    table = TABLES["all equal"]()
    assert held_bytes(table) > 3 * MB
    check(table, SpillFolder(tmp_path, spill_limit(1)))


def refusal(spill: SpillFolder, kind: type[RowmillError]) -> str:
    with pytest.raises(kind) as raised:
        check(TABLES["texts"](), spill)
    return raised.value.message


def test_a_limit_that_was_set_is_named(tmp_path: Path) -> None:
    assert refusal(SpillFolder(tmp_path, spill_limit(1)), LimitError) == (
        "The job's temporary files would take at least about 2.9 MB: more than the 1 MB of the setting "
        "ENGINE_SPILL_MB. Raise it, then try the job again."
    )


def test_what_is_in_use_counts(tmp_path: Path) -> None:
    message = refusal(SpillFolder(tmp_path, spill_limit(20), used=18 * MB), LimitError)
    assert "more than the 20 MB of the setting ENGINE_SPILL_MB (18 MB are in use)." in message


def test_a_limit_that_nobody_set_is_told_as_a_full_disk(tmp_path: Path) -> None:
    assert refusal(SpillFolder(tmp_path, spill_limit(1, is_set=False)), DiskFullError) == (
        "The disk is too full: the job's temporary files would take at least about 2.9 MB, and 1 MB could be spared "
        "for one job when its attempt began. Make room where the workspace (DATA_DIR) lies, then try the job again. "
        "Or set ENGINE_SPILL_MB."
    )


def test_a_disk_without_so_much_room_is_told_as_full(tmp_path: Path) -> None:
    asked = []

    def free(folder: Path) -> int:
        asked.append(folder)
        return 2 * MB

    assert refusal(SpillFolder(tmp_path, spill_limit(100), free=free), DiskFullError) == (
        "The disk is too full: the job's temporary files would take at least about 2.9 MB, and 2.0 MB are free. "
        "Make room where the workspace (DATA_DIR) lies, then try the job again."
    )
    assert asked == [tmp_path]
