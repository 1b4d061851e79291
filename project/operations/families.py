"""Families of keys: a hash that is the same for all keys which any choice of what is not regarded makes equal."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from project.operations.expressions import named

# White space, as Polars strips it.
WHITE = "".join(map(chr, (*range(9, 14), 32, 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288)))
_SEED = 20011


def family(names: Sequence[str]) -> pl.Expr:
    """Of keys in these columns of texts; no name may be missing one."""
    hashes = [_bare(name).hash(_SEED + number) for number, name in enumerate(names)]
    found = hashes[0]
    for each in hashes[1:]:
        found = found ^ each
    return found


def _bare(name: str) -> pl.Expr:
    """What is left whatever is not regarded: neither zeros nor white space begins it."""
    return named(name).str.strip_chars_end().str.strip_chars_start(f"{WHITE}0").str.to_lowercase()
