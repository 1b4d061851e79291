"""The shapes are in proportion to the counts, and nothing that is there is too small to be seen."""

from __future__ import annotations

import re

from project.engine.inspection.profile import Frequent, Shape
from project.files.profiles import pictures


def test_bars_are_as_high_as_their_counts_and_the_highest_fills_the_picture() -> None:
    drawn = pictures.bars([10, 40, 0, 20])
    assert [bar.height for bar in drawn] == [25, 100, 0, 50]
    assert [bar.x for bar in drawn] == [0, 10, 20, 30]
    assert all(bar.y + bar.height == pictures.HEIGHT for bar in drawn)


def test_one_in_a_hundred_million_is_seen() -> None:
    assert [bar.height for bar in pictures.bars([10**8, 1])] == [100, 1]
    assert pictures.share(1, 10**8) == 4


def test_counts_of_any_size_are_drawn() -> None:
    assert [bar.height for bar in pictures.bars([10**400, 5 * 10**399])] == [100, 50]
    assert pictures.bars([]) == ()
    assert [bar.height for bar in pictures.bars([0, 0])] == [0, 0]


def test_the_parts_of_a_column_fill_its_bar(column) -> None:
    parts = pictures.parts_of(column(values=60, missing=30, empty=10))
    assert [(part.kind, part.x, part.width) for part in parts] == [
        ("values", 0, 600),
        ("empty", 600, 100),
        ("missing", 700, 300),
    ]
    thin = pictures.parts_of(column(values=10**8, missing=1, empty=1))
    assert all(part.width >= 3.9 for part in thin)
    assert abs(sum(part.width for part in thin) - pictures.BREADTH) < 0.5
    assert pictures.parts_of(column(values=0)) == ()


def test_a_spark_is_one_shape_with_the_words_for_it(column, histogram) -> None:
    drawn = pictures.spark_of(
        column(minimum="1", maximum="9", values=6, histogram=histogram(["1", "4", "7", "10"], [4, 0, 2]))
    )
    assert drawn and drawn.width == 29
    assert re.findall(r"V(\d+)h9", drawn.path) == ["0", "100", "50"]
    assert drawn.words == "values from 1 to 9; the highest bar is 4"


def test_a_spark_of_few_texts_is_of_the_texts_and_not_of_their_lengths(column, histogram) -> None:
    top = (Frequent(value="yes", count=3, length=3), Frequent(value="no", count=1, length=2))
    few = column(
        shape=Shape.BOOLEAN, values=4, distinct=2, top=top, histogram=histogram(["2", "3", "4"], [1, 3], "lengths")
    )
    drawn = pictures.spark_of(few)
    assert drawn and re.findall(r"V(\d+)h9", drawn.path) == ["0", "67"]
    many = few.model_copy(update={"distinct": 20, "longest": 3})
    assert "by their length, up to 3 characters" in pictures.spark_of(many).words


def test_there_is_no_spark_of_nothing_or_of_one_length(column, histogram) -> None:
    assert pictures.spark_of(column(shape=Shape.NOTHING, values=0, distinct=0)) is None
    assert (
        pictures.spark_of(column(shape=Shape.TEXT, distinct=5, histogram=histogram(["4", "5"], [9], "lengths"))) is None
    )
