"""Seals: whatever byte of a piece is another one, it is noticed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.engine.seals import Seals, in_words, seal_of
from project.errors import FailureError

DAY = date(2026, 11, 22)


@given(st.binary(max_size=64), st.integers(0, 12_000), st.data())
def test_any_changed_stretch_gives_another_seal(pattern: bytes, size: int, data: st.DataObject) -> None:
    before = bytearray((pattern + b"0123456789,\n") * (size // (len(pattern) + 12) + 1))[: size + 1]
    at = data.draw(st.integers(0, size))
    stretch = data.draw(st.binary(min_size=1, max_size=100))[: len(before) - at]
    after = before.copy()
    after[at : at + len(stretch)] = stretch
    assert (seal_of(bytes(before)) == seal_of(bytes(after))) == (before == after)


@given(st.binary(max_size=10_000), st.integers(0, 9))
def test_it_is_the_same_wherever_the_bytes_lie(data: bytes, offset: int) -> None:
    assert seal_of(memoryview(bytes(offset) + data)[offset:]) == seal_of(data)


def test_bytes_that_are_cut_or_follow_are_noticed() -> None:
    data = bytes(20_000)
    assert len({seal_of(data[:size]) for size in (0, 1, 7, 8, 4072, 4073, 19_999, 20_000)}) == 8


def test_rows_in_another_order_are_noticed() -> None:
    rows = [f"{number:07}\n".encode() for number in range(5000)]
    assert seal_of(b"".join(rows)) != seal_of(b"".join(sorted(rows, reverse=True)))


def test_a_broken_seal_fails_with_a_sentence_and_is_forgotten(tmp_path: Path) -> None:
    entry = tmp_path / "entry"
    entry.touch()
    pieces = [b"first\n", b"second\n", b"third\n"]
    seals = Seals((10, 16, 23, 29), tuple(seal_of(piece) for piece in pieces), DAY, entry)
    seals.hold(10, pieces[0])
    seals.hold(16, pieces[1] + pieces[2])
    for start, data in [(10, b"fIrst\n"), (10, b"first"), (11, b"irst\n"), (16, b"second\nthird\n."), (40, b"x")]:
        with pytest.raises(FailureError) as failure:
            seals.hold(start, data)
        assert failure.value.code == "input_changed"
        assert "checked on 22 November 2026, though its size and time are the same" in failure.value.message
        assert not entry.exists()


def test_a_day_is_told_in_words() -> None:
    assert in_words(date(2027, 3, 1)) == "1 March 2027"
