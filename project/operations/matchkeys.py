"""Keys as they are compared: texts without what does not count, as expressions that a join and its trial share."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from project.operations.match import Ignore

# What Polars strips, so that a key's family can be told by one set of characters.
_WHITE = "".join(map(chr, (*range(9, 14), 32, 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288)))
_SEED = 20011


def normalised(text: pl.Expr, ignore: Collection[Ignore]) -> pl.Expr:
    """The text without what is ignored, in this order whatever order was asked for; a missing one stays missing."""
    if "spaces" in ignore:
        text = text.str.strip_chars()
    if "case" in ignore:
        text = text.str.to_lowercase()
    if "leading_zeros" in ignore:
        text = _without_zeros(text)
    return text


def family(texts: Sequence[pl.Expr]) -> pl.Expr:
    """A hash of a key, the same for all keys that any choice of what is ignored makes equal."""
    bare = [text.str.strip_chars_end().str.strip_chars_start(f"{_WHITE}0").str.to_lowercase() for text in texts]
    found = bare[0].hash(_SEED)
    for number, text in enumerate(bare[1:], 1):
        found = found ^ text.hash(_SEED + number)
    return found


def _without_zeros(text: pl.Expr) -> pl.Expr:
    """Zeros before the last character do not count: what is nothing but zeros is one."""
    rest = text.str.strip_chars_start("0")
    return pl.when((rest == "") & (text != "")).then(pl.lit("0")).otherwise(rest)
