"""What the address of the list says: which files, in what order, which page, and what was just done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from project.errors import InvalidInputError
from project.files.listing import Listing, SortColumn
from project.files.view import Origin

PER_PAGE = 50
DELETED = "deleted"
SHOWN = {"": "All", "found": "Found", "uploaded": "Uploaded", "result": "Results", DELETED: "Deleted"}
# With the sign of the direction that one begins with: names from A, all else from the most.
SORTS = {
    "-modified": "Last changed",
    "name": "Name",
    "-size": "Size",
    "-rows": "Rows",
    "-columns": "Columns",
    "-rejects": "Rejects",
}
USED, LAST_DELETED = {"-used": "Last used"}, {"-deleted": "Last deleted"}
_FIRST, _MOST_PAGES = 1, 1_000_000


@dataclass(frozen=True)
class FileQuery:
    """The parameters of the list's address, checked. `sort` has a minus before it for descending; empty: as usual."""

    q: str = ""
    show: str = ""
    sort: str = ""
    page: int = _FIRST

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> FileQuery:
        """Raises InvalidInputError with a sentence."""
        show, sort = values.get("show", ""), values.get("sort", "")
        if show not in SHOWN:
            raise InvalidInputError(f"Files cannot be shown by “{show[:40]}”.", field="show")
        query = cls(values.get("q", "")[:255], show, sort, _page(values.get("page") or "1"))
        sort_column(query.order)
        return query

    @property
    def order(self) -> str:
        """How the list is in order: the last deleted come first in the trash, elsewhere the last changed."""
        return self.sort or ("-deleted" if self.show == DELETED else "-modified")

    @property
    def orders(self) -> dict[str, str]:
        """The orders that can be chosen, with their names."""
        return {**SORTS, **(LAST_DELETED if self.show == DELETED else USED)}

    @property
    def listing(self) -> Listing:
        """What the catalogue is asked."""
        is_trash = self.show == DELETED
        column, descending = sort_column(self.order)
        origin = Origin(self.show) if self.show and not is_trash else None
        return Listing(self.q, origin, is_trash, column, descending, (self.page - 1) * PER_PAGE, PER_PAGE)

    @property
    def arguments(self) -> dict[str, str | int]:
        """The parameters that are not as they are anyway."""
        values: dict[str, str | int] = {"q": self.q, "show": self.show, "sort": self.sort}
        values["page"] = self.page if self.page != _FIRST else 0
        return {name: value for name, value in values.items() if value}

    def shown(self, show: str) -> dict[str, str | int]:
        """The parameters for other files."""
        return FileQuery(self.q, show, self.sort if DELETED not in (show, self.show) else "").arguments

    def sorted_by(self, sort: str) -> dict[str, str | int]:
        """The parameters for that order, or for its reverse if it is this one."""
        turned = sort[1:] if sort.startswith("-") else f"-{sort}"
        return replace(self, sort=turned if self.order == sort else sort, page=_FIRST).arguments

    def turned_to(self, page: int) -> dict[str, str | int]:
        """The parameters for another page."""
        return replace(self, page=page).arguments

    def direction(self, sort: str) -> str:
        """How the list is in order by that column, as `aria-sort` says it; empty if it is by another one."""
        if self.order.removeprefix("-") != sort.removeprefix("-"):
            return ""
        return "descending" if self.order.startswith("-") else "ascending"


def sort_column(text: str) -> tuple[SortColumn, bool]:
    """The column, and whether its order is descending. Raises InvalidInputError."""
    try:
        return SortColumn(text.removeprefix("-")), text.startswith("-")
    except ValueError:
        known = ", ".join(SortColumn)
        raise InvalidInputError(
            f"“sort” has to be one of {known}, with a minus before it for descending.", field="sort"
        ) from None


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and _FIRST <= int(text[:9]) <= _MOST_PAGES):
        raise InvalidInputError(f"“page” has to be a whole number from 1 to {_MOST_PAGES:,}.", field="page")
    return int(text[:9])
