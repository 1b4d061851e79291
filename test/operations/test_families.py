"""Keys that any choice of what is not regarded makes equal are of one family."""

from __future__ import annotations

import itertools
import sys
from typing import get_args

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from project.operations.comparing import compared
from project.operations.families import WHITE, family
from project.operations.match import Ignore

CHOICES = [chosen for size in range(4) for chosen in itertools.combinations(get_args(Ignore), size)]
TEXTS = st.text(st.sampled_from("0 aAΣσİi\t\u3000\u200b7"), max_size=6)


@given(st.lists(TEXTS, min_size=2, max_size=20))
def test_whatever_compares_as_equal_is_of_one_family(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}).with_columns(family(["text"]).alias("family"))
    for ignore in CHOICES:
        alike = frame.group_by(compared("text", ignore)).agg(pl.col("family").n_unique())
        assert alike["family"].max() == 1, ignore


def test_both_texts_of_a_key_count_and_their_places() -> None:
    frame = pl.DataFrame({"one": ["a", "b", "a"], "other": ["b", "a", "a"]})
    assert frame.select(family(["one", "other"])).to_series().n_unique() == 3


def test_white_space_is_what_is_stripped() -> None:
    frame = pl.DataFrame({"text": [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]})
    stripped = frame.filter(pl.col("text").str.strip_chars() == "")["text"].to_list()
    assert "".join(stripped) == WHITE
