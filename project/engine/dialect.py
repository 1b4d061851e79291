"""The dialect: how a file's bytes are to be read, in values and in words."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz", "zip"]
Format = Literal["csv", "parquet", "jsonl", "xlsx"]
FORMAT_NAMES: dict[Format, str] = {"csv": "CSV", "parquet": "Parquet", "jsonl": "JSON lines", "xlsx": "Excel"}


class DialectChoice(BaseModel):
    """What a person set by hand; what is left out (None) is found in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format | None = None
    encoding: str | None = None
    compression: Compression | None = None
    member: str | None = Field(default=None, description="the file inside a zip, the sheet of an Excel file")
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    quote: str | None = Field(default=None, max_length=1, description='"" means: no quoting')
    escape: str | None = Field(default=None, max_length=1)
    header: bool | None = None
    skip_rows: int | None = Field(default=None, ge=0, le=1_000_000, description="lines above the header")
    comment: str | None = Field(default=None, max_length=1)
    decimal: Literal[".", ","] | None = Field(default=None, description="the sign before the decimals of a number")
    names: tuple[str, ...] | None = Field(default=None, description="column names that overrule the file's")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was set, so that everything is found in the file."""
        return self == DialectChoice()

    def sentence(self) -> str:
        """What was set, in words, such as "semicolon, no header"; "" if nothing was."""
        words = [FORMAT_NAMES[self.format] if self.format else "", self.encoding or "", self.compression or ""]
        words.append(self.member or "")
        words.append(name_of(self.delimiter) if self.delimiter else "")
        words.append({None: "", "": "no quoting"}.get(self.quote, f"quoted with {self.quote}"))
        words.append(f"escaped with {self.escape}" if self.escape else "")
        words.append({None: "", True: "with a header", False: "no header"}[self.header])
        words.append("" if self.skip_rows is None else f"{_lines(self.skip_rows)} skipped")
        words.append(f"comments start with {self.comment}" if self.comment else "")
        words.append({None: "", ".": "decimal point", ",": "decimal comma"}[self.decimal])
        words.append("with names of its own" if self.names else "")
        return ", ".join(filter(None, words))


class Dialect(BaseModel):
    """How the bytes of one file are read; every field is decided. `columns` are the final, distinct names.

    A file that is no CSV is read as the CSV that it would be: in UTF-8, with commas and quotes.
    """

    model_config = ConfigDict(frozen=True)

    format: Format = "csv"
    encoding: str
    compression: Compression = "none"
    member: str | None = None
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    header: bool = True
    skip_rows: int = 0
    comment: str = ""
    decimal: Literal[".", ","] = "."
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()
    """Of JSON lines: the key whose values each column holds."""
    parts: str = ""
    """Of other formats, in words: what the file consists of."""

    @property
    def is_plain(self) -> bool:
        """Whether the bytes of the file are the text that is read."""
        return self.format == "csv" and self.compression == "none" and self.encoding == "UTF-8"

    @property
    def as_choice(self) -> DialectChoice:
        """What has to be set by hand so that the same bytes are read."""
        return DialectChoice(
            format=self.format,
            encoding=self.encoding,
            compression=self.compression,
            member=self.member,
            names=self.keys or None,
        )

    def sentence(self) -> str:
        """The dialect in words, e.g. "UTF-8, comma, quoted with \\", header in line 1"."""
        if self.format != "csv":
            return self._sentence_of_format()
        words = [self.encoding, name_of(self.delimiter)]
        if self.compression != "none":
            words.insert(0, self.compression + (f" ({self.member})" if self.member else ""))
        words.append(f"quoted with {self.quote}" if self.quote else "no quoting")
        if self.escape:
            words.append(f"escaped with {self.escape}")
        if self.skip_rows:
            words.append(f"{_lines(self.skip_rows)} skipped")
        words.append(f"header in line {self.skip_rows + 1:,}" if self.header else "no header")
        if self.comment:
            words.append(f"comments start with {self.comment}")
        if self.decimal == ",":
            words.append("decimal comma")
        return ", ".join(words)

    def _sentence_of_format(self) -> str:
        count = len(self.columns)
        words = [FORMAT_NAMES[self.format], f"{count:,} column{'s' if count != 1 else ''}"]
        if self.compression != "none":
            words.insert(0, self.compression + (f" ({self.member})" if self.member else ""))
        if self.parts:
            words.append(self.parts)
        if self.skip_rows:
            words.append(f"{self.skip_rows:,} row{'s' if self.skip_rows > 1 else ''} skipped")
        if not self.header:
            words.append("no header")
        if self.decimal == ",":
            words.append("decimal comma")
        return ", ".join(words)


class Candidate(BaseModel):
    """What a delimiter would make of the sampled records: how many of them have the usual number of fields."""

    model_config = ConfigDict(frozen=True)

    delimiter: str
    fields: int
    fitting: int
    records: int
    """Those that are not blank."""
    mixed: int = 0
    """Of the `cells` of the first of them, how many hold another delimiter and are no number."""
    cells: int = 0

    @property
    def splits_nothing(self) -> bool:
        """Whether no sampled record has more than one field."""
        return self.fields == 1 and self.fitting == self.records

    def sentence(self) -> str:
        """Such as "comma: 998 of 1,000 sampled records have 3 fields"."""
        mixed = (
            f"; {self.mixed:,} of {self.cells:,} fields hold another delimiter"
            if self.mixed and self.fields > 1
            else ""
        )
        return f"{name_of(self.delimiter)}: {self._records()} {self.fields:,} field{_s(self.fields)}{mixed}"

    def _records(self) -> str:
        if self.records == 1:
            return "the one sampled record has"
        if self.fitting == self.records:
            return f"all {self.records:,} sampled records have"
        return f"{self.fitting:,} of {self.records:,} sampled records {'has' if self.fitting == 1 else 'have'}"


class Detection(BaseModel):
    """A found dialect, what is worth telling of it, and what speaks for it."""

    model_config = ConfigDict(frozen=True)

    dialect: Dialect
    notes: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """The delimiters that were compared: first the one that was taken, or given, then the likeliest."""
    encoding_reason: str = ""
    """Why it is taken to be in that encoding, as a sentence."""

    @property
    def telling(self) -> tuple[Candidate, ...]:
        """The candidates without those that split nothing, unless one of these was taken."""
        return self.candidates[:1] + tuple(each for each in self.candidates[1:] if not each.splits_nothing)

    @property
    def idle(self) -> tuple[str, ...]:
        """The names of the delimiters that were not taken, and that split nothing."""
        return tuple(name_of(each.delimiter) for each in self.candidates[1:] if each.splits_nothing)


def _lines(count: int) -> str:
    return f"{count:,} line{_s(count)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def name_of(delimiter: str) -> str:
    """What people call a delimiter."""
    return _NAMES.get(delimiter, f"“{delimiter}”")


_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "space"}
