"""What is asked of an API: the address, how to page through a list, what is sent, how fast; pure."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictFloat, StrictInt, model_validator

from project.operations.names import is_encodable

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# These are the client's own, or belong into a secret.
_FORBIDDEN_HEADERS = frozenset(
    {"authorization", "connection", "content-length", "cookie", "host", "proxy-authorization", "transfer-encoding"}
)


class Paging(BaseModel):
    """How the next page of a list is found.

    “link”: the Link header; “next”: a field of the answer holds its address; “page”: a parameter counts up from
    `first` until a page is empty; “cursor”: a field of the answer goes into a parameter.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["link", "next", "page", "cursor"] = Field(description="One of the four.")
    field: str = Field(default="", max_length=200, description="The path of the field, such as “meta.next”.")
    parameter: str = Field(default="", max_length=200, description="The parameter’s name, such as “page”.")
    first: StrictInt = Field(default=1, ge=0, description="The first page’s number.")

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.kind in ("next", "cursor") and not self.field:
            raise ValueError(f"Paging by “{self.kind}” needs “field”: where in the answer it stands.")
        if self.kind in ("page", "cursor") and not self.parameter:
            raise ValueError(f"Paging by “{self.kind}” needs “parameter”: what is put into the address.")
        return self


def _price(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return value
    raise ValueError("“price” must be a text such as “0.002”.")


def _url(value: Any) -> Any:
    if not isinstance(value, str) or not is_encodable(value):
        raise ValueError("“url” must be an address such as https://api.example.com/users.")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError("“url” is not an address: its host or port cannot be read.") from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("“url” must begin with http:// or https:// and name a host.")
    if parts.username or parts.password:
        raise ValueError("“url” holds a password: store it as a secret, and name that in “secret”.")
    if PLACEHOLDER.search(parts.netloc):
        raise ValueError("A placeholder in “url” can stand in its path or its parameters, not in the host.")
    return value


class Api(BaseModel):
    """One API, and how to call it. With a placeholder such as {user_id} in its address or its body it is called once
    for each different value of that column; without one it is a list that is fetched once, page after page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, BeforeValidator(_url)] = Field(
        max_length=4000, description="The address: https://api.example.com/users, or …/users/{user_id}."
    )
    method: Literal["GET", "POST"] = Field(default="GET", description="POST sends “body” as JSON.")
    body: dict[str, Any] | None = Field(
        default=None, description="What a POST sends; texts in it may hold the placeholder."
    )
    headers: dict[str, str] = Field(default={}, description="Headers that are no secrets.")
    secret: str | None = Field(default=None, description="The name of a stored secret that is sent as a header.")
    records: str = Field(
        default="", max_length=200, description="Where the records are in the answer, such as “data.items”."
    )
    paging: Paging | None = Field(default=None, description="How the next page of a list is found.")
    per_second: Annotated[StrictInt | StrictFloat, Field(gt=0, le=10_000)] | None = Field(
        default=None, description="At most so many calls a second."
    )
    parallel: StrictInt = Field(default=4, ge=1, le=64, description="So many calls are under way at once.")
    price: Annotated[str, BeforeValidator(_price)] | None = Field(
        default=None, description="What one call costs, for the estimate."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.body is not None and self.method != "POST":
            raise ValueError("“body” is sent with POST only.")
        for name in self.headers:
            if not _HEADER_NAME.fullmatch(name) or name.lower() in _FORBIDDEN_HEADERS:
                raise ValueError(f"“{name}” cannot be a header here: keys and tokens are stored as a secret.")
            if not self.headers[name].isprintable() or not self.headers[name].isascii():
                raise ValueError(f"The header “{name}” holds characters that a header cannot hold.")
        names = list(
            dict.fromkeys(name for text in (self.url, *_texts(self.body)) for name in PLACEHOLDER.findall(text))
        )
        if len(names) > 1:
            two = f"{{{names[0]}}} and {{{names[1]}}}"
            raise ValueError(f"One placeholder can be filled in for each call, but here are {two}.")
        if self.placeholder is not None and self.paging is not None:
            raise ValueError("An address that is called for each row has no pages.")
        return self

    @property
    def host(self) -> str:
        """The host's name, in small letters."""
        return (urlsplit(self.url).hostname or "").lower()

    @property
    def is_list(self) -> bool:
        """Whether all of it is fetched at once, not a value at a time."""
        return self.placeholder is None

    @cached_property
    def placeholder(self) -> str | None:
        """What stands between the braces in the address or in the body's texts; None if nothing does."""
        for text in (self.url, *_texts(self.body)):
            if match := PLACEHOLDER.search(text):
                return match[1]
        return None

    def cost(self, calls: int) -> Decimal | None:
        """What so many calls cost, if a price is known."""
        return None if self.price is None else Decimal(self.price) * calls


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return []
