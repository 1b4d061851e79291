"""Comparing: the keys of both sides of one part, and what comes of several parts together; exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import get_args

import polars as pl

from project.engine.trial.spread import ROWS, keys
from project.operations.comparing import compared
from project.operations.match import Ignore

SHOWN = 10
EXAMPLES = 5
SAMPLED = 20
_OTHER_ROWS = "other rows"
_PLACE = "place"
_SEED = 7

Key = tuple[str, ...]


@dataclass(frozen=True)
class Top:
    """The keys with most rows, then in the order of their texts; no more than `most` of them."""

    most: int
    found: tuple[tuple[int, Key], ...] = ()

    def __add__(self, other: Top) -> Top:
        ordered = sorted((*self.found, *other.found), key=lambda each: (-each[0], each[1]))
        return Top(self.most, tuple(ordered[: self.most]))


@dataclass(frozen=True)
class Keys:
    """One side's keys: how many, and how many of them have several rows."""

    keys: int = 0
    double: int = 0
    doubles: Top = Top(SHOWN)

    def __add__(self, other: Keys) -> Keys:
        return Keys(self.keys + other.keys, self.double + other.double, self.doubles + other.doubles)


@dataclass(frozen=True)
class Near:
    """Keys that match only if something more is ignored; the examples' pairs are by the left key."""

    keys: int = 0
    rows: int = 0
    examples: Top = Top(EXAMPLES)
    partners: dict[Key, Key] = field(default_factory=dict)

    def __add__(self, other: Near) -> Near:
        return Near(
            self.keys + other.keys,
            self.rows + other.rows,
            self.examples + other.examples,
            self.partners | other.partners,
        )


@dataclass(frozen=True)
class Chosen:
    """A matched key: as it is compared, and as it stands in the left rows. Those with the lowest places are chosen."""

    place: int
    compared: Key
    key: Key


@dataclass(frozen=True)
class Compared:
    """`pairs`: left rows, each as often as it matches; `several`: the key that matches most rows, if more than one.

    `sample`: keys by chance, but always the same.
    """

    left: Keys = Keys()
    right: Keys = Keys()
    matched_keys: int = 0
    matched_rows: int = 0
    pairs: int = 0
    several: tuple[Chosen, ...] = ()
    unmatched: Top = Top(SHOWN)
    near: dict[Ignore, Near] = field(default_factory=dict)
    sample: tuple[Chosen, ...] = ()

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            left=self.left + other.left,
            right=self.right + other.right,
            matched_keys=self.matched_keys + other.matched_keys,
            matched_rows=self.matched_rows + other.matched_rows,
            pairs=self.pairs + other.pairs,
            several=_lowest((*self.several, *other.several), 1),
            unmatched=self.unmatched + other.unmatched,
            near={kind: self.near.get(kind, Near()) + other.near.get(kind, Near()) for kind in self.near | other.near},
            sample=_lowest((*self.sample, *other.sample), SAMPLED),
        )


def _lowest(chosen: tuple[Chosen, ...], most: int) -> tuple[Chosen, ...]:
    return tuple(sorted(chosen, key=lambda each: (each.place, each.key))[:most])


def together(parts: Iterable[Compared]) -> Compared:
    """What comes of all parts."""
    return reduce(Compared.__add__, parts, Compared())


class Comparison:
    """Compares keys of `width` texts without regard to what is ignored."""

    def __init__(self, width: int, ignore: tuple[Ignore, ...]) -> None:
        self._ignore = ignore
        self._others: tuple[Ignore, ...] = tuple(kind for kind in get_args(Ignore) if kind not in ignore)
        self._keys = keys(width)
        self._compared = [f"compared {name}" for name in self._keys]

    def of(self, left: pl.DataFrame, right: pl.DataFrame) -> Compared:
        """Of frames of whole keys and ROWS, in which a key may stand several times."""
        left, right = self._grouped(left), self._grouped(right)
        other = right.select(*self._compared, pl.col(ROWS).alias(_OTHER_ROWS))
        both = left.join(other, on=self._compared, how="left")
        unmatched = both.filter(pl.col(_OTHER_ROWS).is_null()).drop(_OTHER_ROWS)
        matched = both.filter(pl.col(_OTHER_ROWS).is_not_null())
        return Compared(
            left=self._side(left),
            right=self._side(right),
            matched_keys=matched.height,
            matched_rows=int(matched[ROWS].sum()),
            # A key that stands a billion times on both sides is beyond 64 bits soon.
            pairs=int(matched.select((pl.col(ROWS).cast(pl.Int128) * pl.col(_OTHER_ROWS)).sum()).item()),
            several=self._chosen(matched.filter(pl.col(_OTHER_ROWS) > 1), -pl.col(_OTHER_ROWS), 1),
            unmatched=self._top(unmatched, SHOWN),
            near={kind: self._near(unmatched, right, kind) for kind in self._others},
            sample=self._chosen(matched, pl.struct(self._compared).hash(_SEED), SAMPLED),
        )

    def _grouped(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Each key once; of keys that count as the same, the first in order stands for them."""
        columns = [compared(name, self._ignore).alias(to) for name, to in zip(self._keys, self._compared, strict=True)]
        if self._ignore:
            frame = frame.sort(self._keys)
        firsts = [pl.col(name).first() for name in self._keys]
        return frame.with_columns(columns).group_by(self._compared).agg(*firsts, pl.col(ROWS).sum())

    def _side(self, frame: pl.DataFrame) -> Keys:
        double = frame.filter(pl.col(ROWS) > 1)
        return Keys(frame.height, double.height, self._top(double, SHOWN))

    def _top(self, frame: pl.DataFrame, most: int) -> Top:
        first = frame.top_k(most, by=[ROWS, *self._keys], reverse=[False, *(True for _ in self._keys)])
        texts = first.select(self._keys).rows()
        return Top(most) + Top(most, tuple(zip(first[ROWS].to_list(), texts, strict=True)))

    def _near(self, unmatched: pl.DataFrame, right: pl.DataFrame, kind: Ignore) -> Near:
        left, other = self._wider(unmatched, kind), self._wider(right, kind)
        if left is None and other is None:
            # Nothing is equal that was not before.
            return Near()
        left, other = unmatched if left is None else left, right if other is None else other
        hits = left.join(other, on=self._compared, how="semi")
        examples = self._top(hits, EXAMPLES)
        return Near(hits.height, int(hits[ROWS].sum()), examples, self._partners(hits, examples, other))

    def _wider(self, frame: pl.DataFrame, kind: Ignore) -> pl.DataFrame | None:
        """The frame with its keys compared without regard to this, too; None if that changes none of them."""
        ignore = (*self._ignore, kind)
        wider = frame.with_columns(compared(name, ignore) for name in self._compared)
        is_changed = any((wider[name] != frame[name]).any() for name in self._compared)
        return wider if is_changed else None

    def _partners(self, hits: pl.DataFrame, examples: Top, other: pl.DataFrame) -> dict[Key, Key]:
        """For each of the left keys the first right one, in the order of texts, that it would match."""
        wanted = pl.DataFrame(
            [key for _, key in examples.found], schema=dict.fromkeys(self._keys, pl.String), orient="row"
        )
        renamed = {name: f"other {name}" for name in self._keys}
        found = (
            hits.join(wanted, on=self._keys, how="semi")
            .join(other.drop(ROWS).rename(renamed), on=self._compared)
            .sort(list(renamed.values()), descending=True)
        )
        return dict(zip(found.select(self._keys).rows(), found.select(renamed.values()).rows(), strict=True))

    def _chosen(self, matched: pl.DataFrame, place: pl.Expr, most: int) -> tuple[Chosen, ...]:
        lowest = matched.with_columns(place.alias(_PLACE)).bottom_k(most, by=[_PLACE, *self._keys])
        keys, texts = lowest.select(self._compared).rows(), lowest.select(self._keys).rows()
        return tuple(Chosen(*each) for each in zip(lowest[_PLACE].to_list(), keys, texts, strict=True))
