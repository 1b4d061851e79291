"""The panel of a file's reading: its controls with their options, what is chosen in each, and what was found; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from project.engine.dialect import Dialect, DialectChoice, name_of
from project.engine.formats.opening import meant_in
from project.files.reading.typed import FIELDS, OTHER, typed

Options = tuple[tuple[str, str], ...]

_ENCODINGS = (
    "UTF-8", "UTF-16 LE", "UTF-16 BE", "Windows-1252", "Latin-1", "iso8859-15", "Windows-1250", "Windows-1251",
    "koi8-r", "Windows-1253", "Windows-1254", "Windows-1255", "Windows-1256", "Shift-JIS", "EUC-JP", "EUC-KR",
    "GB18030", "Big5", "mac-roman", "cp437", "cp850",
)  # fmt: skip
_DELIMITERS = (",", ";", "\t", "|", " ")
_QUOTES: Options = (('"', 'Double, "'), ("'", "Single, '"), ("none", "None"))
_ESCAPES: Options = (("none", "None"), ("backslash", "Backslash, \\"))
_COMMENTS: Options = (("#", "#"), (";", ";"), ("%", "%"))
_DECIMALS: Options = (("point", "Point"), ("comma", "Comma"))
_HEADERS: Options = (("yes", "The first line"), ("no", "None"))


@dataclass(frozen=True)
class Control:
    """One field: its options, the one that is chosen, and what stands in the field for any other value.

    `found`: what is taken where nothing is chosen, in words.
    """

    name: str
    label: str
    found: str
    options: Options = ()
    value: str = ""
    other: str = ""
    has_other: bool = True
    hint: str = ""

    @property
    def other_name(self) -> str:
        """The name of the field for any other value."""
        return f"{self.name}_{OTHER}"


def controls(choice: Mapping[str, str], found: Dialect | None, members: Sequence[str] = ()) -> tuple[Control, ...]:
    """The controls with what was typed; `found`: the dialect as nobody has set anything, if one was found.

    `members`: the files of a zip, or sheets, that are to be chosen from. Only what means something for the file's
    format is there.
    """
    words = _found(found)
    delimiters = tuple((_typed(delimiter), name_of(delimiter).capitalize()) for delimiter in _DELIMITERS)
    skip = Control("skip_rows", "Lines to skip", words["skip_rows"], value=choice["skip_rows"], has_other=False)
    parts = tuple((name, name) for name in members)
    format = found.format if found is not None else "csv"
    every = (
        _control("member", "Sheet" if format == "xlsx" else "File in the zip", parts, choice, words, has_other=False),
        _control("encoding", "Encoding", tuple((name, _shown(name)) for name in _ENCODINGS), choice, words),
        _control("delimiter", "Delimiter", delimiters, choice, words),
        _control("quote", "Quote", _QUOTES, choice, words),
        _control("escape", "Escape", _ESCAPES, choice, words),
        _control("header", "Header", _HEADERS, choice, words, has_other=False),
        skip,
        _control("comment", "Comments start with", _COMMENTS, choice, words),
        _control("decimal", "Decimal sign", _DECIMALS, choice, words, has_other=False),
    )
    meant = meant_in(format)
    return tuple(control for control in every if control.name in meant and (parts or control.name != "member"))


def _control(
    name: str, label: str, options: Options, choice: Mapping[str, str], found: Mapping[str, str], has_other: bool = True
) -> Control:
    value = choice[name]
    is_other = bool(value) and value not in dict(options)
    if is_other and not has_other:
        value = ""
    return Control(
        name=name,
        label=label,
        found=found[name],
        options=options,
        value=OTHER if is_other and has_other else value,
        other=value if is_other else "",
        has_other=has_other,
    )


def _found(found: Dialect | None) -> dict[str, str]:
    if found is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "encoding": found.encoding,
        "delimiter": name_of(found.delimiter),
        "quote": found.quote or "none",
        "escape": found.escape or "none",
        "header": f"line {found.skip_rows + 1:,}" if found.header else "none",
        "skip_rows": f"{found.skip_rows:,}",
        "comment": found.comment or "nothing",
        "decimal": {".": "point", ",": "comma"}[found.decimal],
        "member": found.member or "",
    }


def _typed(delimiter: str) -> str:
    return typed(DialectChoice(delimiter=delimiter))["delimiter"]


def _shown(name: str) -> str:
    return {"iso8859-15": "Latin-9 (ISO 8859-15)", "koi8-r": "KOI8-R", "mac-roman": "Mac Roman"}.get(name, name)
