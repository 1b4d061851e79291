"""The form by which a file is enriched from an API: what was typed, the step that it means, and back; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import ValidationError

from project.operations.api import PLACEHOLDER, Api
from project.operations.enrich import Enrich
from project.page.matching.faults import FORM, Faults
from project.page.matching.match_form import MatchForm, Options, as_typed, filled, one_of

PAGING: Options = (
    ("", "All of it comes at once"),
    ("link", "By the Link header"),
    ("next", "A field holds the next address"),
    ("page", "Pages are numbered"),
    ("cursor", "A field holds a cursor"),
)
TWICE: Options = (
    ("first", "Take the first"),
    ("all", "Take all of them: the row comes once for each"),
    ("fail", "Fail the job"),
)
NULLS: Options = (("text", "The text null"), ("missing", "A missing value"))

# Beside a wrong address, the other fields are looked at as with any.
_ANY = "https://example.com/"
_SENTENCES = {"price": "Type an amount such as 0.002.", "per_second": "Type a number above 0, such as 5 or 0.5."}


@dataclass(frozen=True)
class EnrichForm(MatchForm):
    """The form's fields as typed."""

    url: str = ""
    column: str = ""
    key: str = ""
    records: str = ""
    paging: str = ""
    next_field: str = ""
    page_parameter: str = ""
    page_first: str = ""
    cursor_field: str = ""
    cursor_parameter: str = ""
    method: str = "GET"
    body: str = ""
    headers: str = ""
    secret: str = ""
    per_second: str = ""
    parallel: str = ""
    price: str = ""
    nulls: str = "text"
    max_failures: str = ""
    refresh_older_than_hours: str = ""

    @classmethod
    def of(cls, step: Enrich, output: str = "") -> Self:
        """The form that means the step."""
        api, paging = step.api, step.api.paging
        kind = paging.kind if paging else ""
        return cls(
            **filled(step),
            output=output,
            url=api.url,
            column=step.column,
            key=step.key,
            records=api.records,
            paging=kind,
            next_field=paging.field if paging and kind == "next" else "",
            page_parameter=paging.parameter if paging and kind == "page" else "",
            page_first=str(paging.first) if paging and kind == "page" else "",
            cursor_field=paging.field if paging and kind == "cursor" else "",
            cursor_parameter=paging.parameter if paging and kind == "cursor" else "",
            method=api.method,
            body="" if api.body is None else json.dumps(api.body, ensure_ascii=False, indent=2),
            headers="\n".join(f"{name}: {value}" for name, value in api.headers.items()),
            secret=api.secret or "",
            per_second=as_typed(api.per_second),
            parallel=str(api.parallel) if api.parallel != Api.model_fields["parallel"].default else "",
            price=api.price or "",
            nulls=step.nulls,
            max_failures=str(step.max_failures or ""),
            refresh_older_than_hours=as_typed(step.refresh_older_than_hours),
        )

    def step(self, columns: Sequence[str], hosts: Mapping[str, str]) -> Enrich:
        """The step for a file of these columns; `hosts`: by its name, where each secret is sent. Raises FormError."""
        faults = Faults()
        parts = self._parts(faults)
        self._check_secret(hosts, faults)
        column, is_list = self._column(parts, columns, faults)
        values = {
            **self.matching(faults),
            "operation": "enrich",
            "column": column,
            "key": self.key.strip() if is_list else "",
            "nulls": self.nulls,
            "max_failures": faults.whole("max_failures", self.max_failures, 0) or 0,
            "refresh_older_than_hours": faults.number("refresh_older_than_hours", self.refresh_older_than_hours, "24"),
        }
        one_of(faults, "nulls", self.nulls, NULLS)
        if is_list and not values["key"]:
            faults.add("key", "Name the field of a record that is compared with the column, such as id.")
        faults.end()
        api = {name: value for part in parts.values() for name, value in part.items()}
        try:
            return Enrich.model_validate({**values, "api": api})
        except ValidationError as error:
            faults.add(FORM, str(error.errors()[0]["msg"]).removeprefix("Value error, "))
            faults.end()
            raise

    def _parts(self, faults: Faults) -> dict[str, dict[str, Any]]:
        """By field, what it says of the API; each is tried by itself, so that its fault stands beside it."""
        parts: dict[str, dict[str, Any]] = {
            "url": {"url": self.url.strip()},
            "records": {"records": self.records.strip()},
            "paging": {"paging": self._paging(faults)},
            "body": {"method": self.method, "body": self._body(faults)},
            "headers": {"headers": self._headers(faults)},
            "secret": {"secret": self.secret or None},
            "per_second": {"per_second": faults.number("per_second", self.per_second, "5 or 0.5", 10_000)},
            "parallel": _if_given("parallel", faults.whole("parallel", self.parallel, 1, 64)),
            "price": {"price": self.price.strip() or None},
        }
        if not self.url.strip():
            faults.add("url", "Type the API’s address, such as https://api.example.com/users.")
        is_address = "url" not in faults.found and faults.check("url", Api, parts["url"])
        _check_parts(parts["url"] if is_address else {"url": _ANY}, parts, faults)
        return parts

    def _check_secret(self, hosts: Mapping[str, str], faults: Faults) -> None:
        if self.secret and self.secret not in hosts:
            faults.add("secret", f"There is no secret “{self.secret}” any more: store it again, or choose another.")
        elif self.secret and "url" not in faults.found:
            host, own = urlsplit(self.url.strip()).hostname, hosts[self.secret]
            if host != own:
                faults.add("secret", f"This secret is for {own}, and is sent nowhere else: {host} does not get it.")

    def _column(self, parts: dict[str, dict[str, Any]], columns: Sequence[str], faults: Faults) -> tuple[str, bool]:
        """The column that is matched, and whether the API is a list: without a placeholder."""
        names = list(dict.fromkeys([*PLACEHOLDER.findall(self.url), *_placeholders(parts["body"]["body"])]))
        column, field = self.column, "column"
        if names:
            column, field = names[0], "url" if PLACEHOLDER.search(self.url) else "body"
        if column not in columns:
            shown = ", ".join(f"“{name}”" for name in columns[:12]) + (" …" if len(columns) > 12 else "")
            faults.add(field, f"The file has no column “{column}”. Its columns are: {shown}.")
        return column, not names

    def _paging(self, faults: Faults) -> dict[str, Any] | None:
        if self.paging in ("", "link"):
            return {"kind": "link"} if self.paging else None
        if self.paging == "next":
            return {"kind": "next", "field": self._needed(faults, "next_field", "meta.next")}
        if self.paging == "cursor":
            field = self._needed(faults, "cursor_field", "meta.cursor")
            return {
                "kind": "cursor",
                "field": field,
                "parameter": self._needed(faults, "cursor_parameter", "cursor"),
            }
        if self.paging != "page":
            faults.add("paging", "Choose one of those that are there.")
            return None
        first = faults.whole("page_first", self.page_first, 0)
        parameter = self._needed(faults, "page_parameter", "page")
        return {"kind": "page", "parameter": parameter, **_if_given("first", first)}

    def _needed(self, faults: Faults, field: str, example: str) -> str:
        text: str = getattr(self, field).strip()
        if not text:
            faults.add(field, f"Type its name, such as {example}.")
        return text or example

    def _body(self, faults: Faults) -> dict[str, Any] | None:
        if not self.body.strip():
            return None
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            faults.add("body", f"This is not JSON: {error}.")
            return None
        if not isinstance(body, dict):
            faults.add("body", 'Type a JSON object, such as {"id": "{user_id}"}.')
            return None
        return body

    def _headers(self, faults: Faults) -> dict[str, str]:
        headers: dict[str, str] = {}
        for line in filter(str.strip, self.headers.splitlines()):
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                faults.add("headers", f"Write one a line, as in “Accept-Language: en”, not “{line.strip()[:60]}”.")
            headers[name.strip()] = value.strip()
        return headers


def _check_parts(base: dict[str, Any], parts: dict[str, dict[str, Any]], faults: Faults) -> None:
    """Each part beside the address, but for the address itself."""
    for field, part in parts.items():
        alone = Faults()
        if field != "url" and not alone.check(field, Api, {**base, **part}):
            faults.add(field, _SENTENCES.get(field, alone.found[field]))


def _if_given(name: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {name: value}


def _placeholders(value: Any) -> list[str]:
    """Those in the texts of a body."""
    if isinstance(value, str):
        return PLACEHOLDER.findall(value)
    if isinstance(value, dict):
        return [name for each in value.values() for name in _placeholders(each)]
    if isinstance(value, list):
        return [name for each in value for name in _placeholders(each)]
    return []
