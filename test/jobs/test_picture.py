"""The ledger as a band: every piece that holds a row is seen, and the band narrows and widens as the rows do."""

import re

from project.engine.ledger import Ledger, StepCounts
from project.jobs import picture

EXAMPLE = Ledger(
    read=7,
    kept=7,
    rejected=0,
    blank=0,
    steps=(
        StepCounts(operation="aggregate", rows_in=7, rows_out=4, merged=3),
        StepCounts(operation="sort", rows_in=4, rows_out=4),
    ),
    written=4,
)
HUGE = Ledger(
    read=100_000_000,
    kept=99_999_998,
    rejected=1,
    blank=1,
    steps=(StepCounts(operation="filter", rows_in=99_999_998, rows_out=0, filtered=99_999_998),),
    written=0,
)


def heights(path: str) -> tuple[float, float]:
    """A ribbon's height at its left end and at its right end."""
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    top, bottom = numbers[1], numbers[-1]
    top_end, bottom_end = numbers[7], float(path.split("V")[1].split("H")[0])
    return bottom - top, bottom_end - top_end


def edges(path: str) -> tuple[float, float]:
    """Where a ribbon begins and ends, from left to right."""
    return float(path[1:].split(" ")[0]), float(path.split("H")[1].split("V")[0])


def test_the_account_is_a_sentence_of_numbers() -> None:
    assert picture.account(EXAMPLE) == "7 read = 7 kept + 0 rejected + 0 blank"


def test_steps_that_change_no_count_are_left_to_the_table() -> None:
    drawn = picture.draw(EXAMPLE)
    assert [(stage.name, stage.rows) for stage in drawn.stages] == [
        ("Read", 7),
        ("Kept", 7),
        ("Aggregate", 4),
        ("Written", 4),
    ]
    assert drawn.width == 4 * picture.STAGE
    assert not drawn.enlarged


def test_the_band_narrows_as_the_rows_do() -> None:
    _, _, aggregate, written = picture.draw(EXAMPLE).stages
    assert heights(aggregate.path) == (picture.BAND, round(picture.BAND * 4 / 7, 1))
    assert heights(written.path)[1] == round(picture.BAND * 4 / 7, 1)


def test_what_left_the_band_is_named_and_leads_to_where_it_is_told_of() -> None:
    drawn = picture.draw(EXAMPLE)
    (merged,) = drawn.stages[2].pieces
    assert (merged.kind, merged.rows, merged.words, merged.anchor) == ("merged", 3, "merged into others", "#step-1")
    assert drawn.stages[3].anchor == "#result"


def test_one_reject_in_a_hundred_million_is_seen_and_said_to_be_enlarged() -> None:
    drawn = picture.draw(HUGE)
    rejected, blank = drawn.stages[1].pieces
    assert rejected.anchor == "#rejects"
    for piece in (rejected, blank):
        assert heights(piece.path)[1] == picture.SMALLEST
    assert drawn.enlarged


def test_no_rows_are_no_band() -> None:
    drawn = picture.draw(HUGE)
    assert heights(drawn.stages[-1].path) == (0, 0)
    assert all(
        heights(stage.path) == (0, 0)
        for stage in picture.draw(Ledger(read=0, kept=0, rejected=0, blank=0, written=0)).stages
    )


def test_the_picture_holds_all_of_its_pieces() -> None:
    drawn = picture.draw(HUGE)
    ends = [float(y) for stage in drawn.stages for piece in stage.pieces for y in re.findall(r"V([\d.]+)", piece.path)]
    assert max(ends) <= drawn.height + 1


def matched(rows_in: int, filtered: int, added: int) -> picture.Stage:
    """The stage of a join with such counts."""
    rows_out = rows_in - filtered + added
    join = StepCounts(operation="join", rows_in=rows_in, rows_out=rows_out, filtered=filtered, added=added)
    ledger = Ledger(read=rows_in, kept=rows_in, rejected=0, blank=0, written=rows_out, steps=(join,))
    return picture.draw(ledger).stages[2]


def test_rows_that_a_step_adds_open_below_those_that_pass() -> None:
    join = matched(2, 0, 4)
    (added,) = join.pieces
    assert (added.kind, added.words, added.rows) == ("added", "added by further matches", 4)
    assert heights(join.path) == (picture.BAND / 3, picture.BAND / 3)
    assert heights(added.path) == (0, picture.BAND * 2 / 3)
    assert edges(added.path) == edges(join.path)


def test_rows_that_leave_keep_clear_of_those_that_are_added() -> None:
    join = matched(4, 1, 3)
    filtered, added = join.pieces
    band = picture.BAND
    assert heights(join.path) == (band * 4 / 6, band * 3 / 6)
    assert heights(added.path) == (0, band * 3 / 6)
    assert heights(filtered.path) == (band / 6, band / 6)
    assert float(filtered.path.split("V")[1].split("H")[0]) == band + picture.GAP + band / 6


def test_one_row_that_is_added_is_seen() -> None:
    (added,) = matched(100_000_000, 0, 1).pieces
    assert heights(added.path) == (0, picture.SMALLEST)
