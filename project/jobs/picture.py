"""The ledger as a picture: a band as high as there are rows, from the records read to those written. Pure geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from project.engine.ledger import Ledger

Kind = Literal["rejected", "blank", "filtered", "merged", "added"]

STAGE = 240
"""Width of one stage, in the picture's own units."""
BAND = 96
"""Height of the largest count."""
SMALLEST = 4
"""No piece that holds a row is drawn thinner: one rejected row in a hundred million is still seen."""
GAP = 8
_BEND = 64
_BRANCH = 150

_WORDS: dict[Kind, str] = {
    "rejected": "rejected",
    "blank": "blank",
    "filtered": "filtered out",
    "merged": "merged into others",
    "added": "added by further matches",
}


@dataclass(frozen=True)
class Piece:
    """Rows that leave the band (or join it) at one stage, and the part of the page that tells of them."""

    kind: Kind
    rows: int
    path: str
    anchor: str

    @property
    def words(self) -> str:
        return _WORDS[self.kind]


@dataclass(frozen=True)
class Stage:
    """One stop of the band: its name, the rows that are there, and what left on the way to it."""

    name: str
    rows: int
    path: str
    pieces: tuple[Piece, ...] = ()
    anchor: str = ""


@dataclass(frozen=True)
class Picture:
    """The whole drawing; `enlarged` says that some piece is drawn larger than its share."""

    stages: tuple[Stage, ...]
    width: int
    height: int
    enlarged: bool


@dataclass(frozen=True)
class _Stop:
    name: str
    rows: int
    left: tuple[tuple[Kind, int, str], ...]
    anchor: str = ""


def draw(ledger: Ledger) -> Picture:
    """The picture of a ledger; steps that change no count are left to the table below it."""
    stops = _stops(ledger)
    scale = BAND / max([1, *(stop.rows for stop in stops)])
    stages = tuple(_stage(index, stops, scale) for index in range(len(stops)))
    depth = max(_depth(stop, scale) for stop in stops)
    counts = [n for stop in stops for n in (stop.rows, *(rows for _, rows, _ in stop.left)) if n]
    return Picture(stages, STAGE * len(stops), round(depth), any(count * scale < SMALLEST for count in counts))


def account(ledger: Ledger) -> str:
    """The first line of the account in words: `7 read = 7 kept + 0 rejected + 0 blank`."""
    return f"{ledger.read:,} read = {ledger.kept:,} kept + {ledger.rejected:,} rejected + {ledger.blank:,} blank"


def _stops(ledger: Ledger) -> list[_Stop]:
    aside: list[tuple[Kind, int, str]] = [
        ("rejected", ledger.rejected, "#rejects"),
        ("blank", ledger.blank, "#account"),
    ]
    stops = [
        _Stop("Read", ledger.read, (), "#account"),
        _Stop("Kept", ledger.kept, tuple(piece for piece in aside if piece[1]), "#account"),
    ]
    for number, step in enumerate(ledger.steps, 1):
        changes: list[tuple[Kind, int, str]] = [
            ("filtered", step.filtered, f"#step-{number}"),
            ("merged", step.merged, f"#step-{number}"),
            ("added", step.added, f"#step-{number}"),
        ]
        if left := tuple(change for change in changes if change[1]):
            stops.append(_Stop(step.operation.capitalize(), step.rows_out, left, f"#step-{number}"))
    return [*stops, _Stop("Written", ledger.written, (), "#result")]


def _stage(index: int, stops: list[_Stop], scale: float) -> Stage:
    stop, before = stops[index], stops[max(index - 1, 0)]
    x, height, height_before = index * STAGE, _thickness(stop.rows, scale), _thickness(before.rows, scale)
    # One unit of overlap, so that no seam shows between the stages.
    length = STAGE if index == len(stops) - 1 else STAGE + 1
    passed = max(height - sum(_thickness(rows, scale) for kind, rows, _ in stop.left if kind == "added"), 0)
    path = _flow(x, (0, height_before if index else passed), (0, passed), length)
    pieces, source, target = [], passed, height + GAP
    for kind, rows, anchor in stop.left:
        thick = _thickness(rows, scale)
        if kind == "added":
            # It opens between the rows that pass and those that leave, and stays below the former.
            pieces.append(Piece(kind, rows, _flow(x, (passed, passed), (passed, height), length), anchor))
            continue
        start = min(source, max(height_before - thick, 0))
        pieces.append(Piece(kind, rows, _flow(x, (start, start + thick), (target, target + thick), _BRANCH), anchor))
        source, target = source + thick, target + thick + GAP
    return Stage(stop.name, stop.rows, path, tuple(pieces), stop.anchor)


def _flow(x: float, start: tuple[float, float], end: tuple[float, float], length: float) -> str:
    """A ribbon from x on: it bends from one pair of edges (top, bottom) to another, then runs straight."""
    bend, middle = x + min(_BEND, length), x + min(_BEND, length) / 2
    (top, bottom), (top_end, bottom_end) = start, end
    return (
        f"M{x:g} {top:.1f}C{middle:g} {top:.1f} {middle:g} {top_end:.1f} {bend:g} {top_end:.1f}H{x + length:g}"
        f"V{bottom_end:.1f}H{bend:g}C{middle:g} {bottom_end:.1f} {middle:g} {bottom:.1f} {x:g} {bottom:.1f}Z"
    )


def _thickness(rows: int, scale: float) -> float:
    return max(SMALLEST, rows * scale) if rows else 0.0


def _depth(stop: _Stop, scale: float) -> float:
    left = [_thickness(rows, scale) + GAP for kind, rows, _ in stop.left if kind != "added"]
    return _thickness(stop.rows, scale) + sum(left)
