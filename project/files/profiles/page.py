"""The page of a file's columns: which of them it lists, and what it tells of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from project.engine.inspection.profile import ColumnProfile, Profile
from project.errors import NotFoundError
from project.files.profiles import figures, histogram, leads, pictures
from project.files.profiles.histogram import Drawn
from project.files.profiles.pictures import Bar
from project.files.profiles.query import MOST_SECTIONS, PER_PAGE, ColumnsQuery

_SHOWN = 60


@dataclass(frozen=True)
class Line:
    """A column in the table of all: its number from 1."""

    number: int
    column: ColumnProfile


@dataclass(frozen=True)
class Top:
    """A frequent value, and the conditions that its rows meet."""

    value: str
    length: int
    count: int
    where: str | None


@dataclass(frozen=True)
class Section:
    """All that is told of a column."""

    number: int
    column: ColumnProfile
    histogram: Drawn | None
    top: tuple[Top, ...]
    others: int
    """How many rows have a value that is not among the most frequent ones."""
    missing_where: str | None
    empty_where: str | None

    @property
    def has_repeats(self) -> bool:
        """Whether any value is known to occur more than once."""
        return bool(self.top) and self.top[0].count > 1


@dataclass(frozen=True)
class Gap:
    """The share of the rows that is missing in a column, as a bar and in words."""

    name: str
    share: str
    bar: Bar


@dataclass(frozen=True)
class Gaps:
    """The bars of several columns; `most`: the column that most is missing in."""

    bars: tuple[Gap, ...]
    most: Gap

    @property
    def width(self) -> int:
        """In the picture's units."""
        return len(self.bars) * pictures.STEP - 1

    @property
    def path(self) -> str:
        """The bars as one shape."""
        return pictures.path_of([gap.bar for gap in self.bars])


@dataclass(frozen=True)
class ColumnsPage:
    """`lines`: the columns that this page lists; `sections`: those that it tells all of."""

    profile: Profile
    query: ColumnsQuery
    lines: tuple[Line, ...]
    sections: tuple[Section, ...]

    @property
    def has_pages(self) -> bool:
        """Whether each column has a page of its own."""
        return len(self.profile.columns) > MOST_SECTIONS

    @property
    def gaps(self) -> Gaps | None:
        """What is missing in the listed columns; None where nothing is."""
        return gaps_of([line.column for line in self.lines], self.profile.rows)

    @property
    def pages(self) -> int:
        """How many pages of lines there are."""
        return max(1, -(-len(self.profile.columns) // PER_PAGE))


def page_of(profile: Profile, query: ColumnsQuery) -> ColumnsPage:
    """What the address asks for. Raises NotFoundError if there is no such column or page."""
    columns = profile.columns
    if query.column > len(columns):
        raise NotFoundError(f"There is no column {query.column:,}: the file has {len(columns):,}.")
    if query.column:
        return ColumnsPage(profile, query, (), (section_of(query.column, profile),))
    places = query.ordered(columns)[(query.page - 1) * PER_PAGE : query.page * PER_PAGE]
    if not places and query.page > 1:
        raise NotFoundError(f"There is no page {query.page:,} of these columns.")
    lines = tuple(Line(place + 1, columns[place]) for place in places)
    shown = lines if len(columns) <= MOST_SECTIONS else ()
    return ColumnsPage(profile, query, lines, tuple(section_of(line.number, profile) for line in shown))


def gaps_of(columns: Sequence[ColumnProfile], rows: int) -> Gaps | None:
    """What is missing in these columns, where a bar of full height is all rows; None where nothing is."""
    missing = [column.missing for column in columns]
    if not any(missing):
        return None
    # The bar behind the last one is that of all rows: it gives the scale, and is not shown.
    shapes = pictures.bars([*missing, rows], thinnest=4)
    gaps = tuple(
        Gap(column.name[:_SHOWN], figures.percent(column.missing, rows), shape)
        for column, shape in zip(columns, shapes[:-1], strict=True)
    )
    return Gaps(gaps, gaps[missing.index(max(missing))])


def section_of(number: int, profile: Profile) -> Section:
    """The column of that number, from 1."""
    column = profile.columns[number - 1]
    top = tuple(Top(each.value, each.length, each.count, leads.to_value(column, each)) for each in column.top)
    return Section(
        number,
        column,
        histogram.draw(column),
        top,
        max(0, column.values + column.empty - sum(each.count for each in top)),
        leads.to_missing(column),
        leads.to_empty(column),
    )
