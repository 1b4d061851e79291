"""Room: before rows are written, whether they can fit on the disk at all; what is sure not to fit is not begun.

The estimate is a lower bound. Pieces all over the table are packed as the files will be, each sorted by the key, which
packs better than any spreading by it; the best packed of them stands for all rows, and half of that is believed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import polars as pl

from project.engine.disk import ADVICE
from project.engine.limits import Limit
from project.engine.partition import SpillFolder, sampled_pieces
from project.errors import DiskFullError, LimitError

_MB = 1024 * 1024
_BELIEVED = 0.5


def check_room(
    spill: SpillFolder,
    held: int,
    rows: int,
    pieces: int,
    sample: Callable[[int], tuple[pl.DataFrame, int]],
    key: pl.Expr,
) -> None:
    """Raise LimitError or DiskFullError if so many rows, of which that many bytes are held, cannot fit.

    `sample` gives of a piece what is to be spread, and how many of the rows it comes from.
    """
    spared, free = spill.spared, spill.free(spill.path)
    if held <= min(spared, free):
        return  # packed they take less: nothing has to be looked at
    samples = (sample(number) for number in sampled_pieces(pieces))
    least = least_bytes(rows, samples, key)
    if least > min(spared, free):
        raise _refusal(spill.limit, spill.used, least, free)


def least_bytes(rows: int, samples: Iterable[tuple[pl.DataFrame, int]], key: pl.Expr) -> int:
    """What so many rows surely take in files, by samples as in `check_room`."""
    shares = [_packed(frame.sort(key)) / loaded for frame, loaded in samples if loaded]
    return int(_BELIEVED * rows * min(shares, default=0.0))


def _packed(frame: pl.DataFrame) -> int:
    """The size as a file, without what every file has."""
    return _file_bytes(frame) - _file_bytes(frame.clear())


def _file_bytes(frame: pl.DataFrame) -> int:
    file = io.BytesIO()
    frame.write_ipc(file, compression="lz4")
    return file.tell()


def check_result(limit: Limit, least: int, free: int) -> None:
    """Raise LimitError or DiskFullError if a result of at least so many bytes cannot fit into what the disk has."""
    if least > min(limit.bytes, free):
        raise _refusal(limit, 0, least, free)


def _refusal(limit: Limit, used: int, least: int, free: int) -> LimitError | DiskFullError:
    takes = f"the {limit.what} would take at least about {_megabytes(least)}"
    if free < limit.bytes - used:
        return DiskFullError(f"The disk is too full: {takes}, and {_megabytes(free)} are free. {ADVICE}")
    left = f" ({_megabytes(used)} are in use)" if used >= _MB else ""
    if limit.is_set:
        return LimitError(
            f"{takes[0].upper()}{takes[1:]}: more than the {limit.megabytes:,} MB of the setting "
            f"{limit.setting}{left}. Raise it, then try the job again."
        )
    return DiskFullError(
        f"The disk is too full: {takes}, and {limit.megabytes:,} MB could be spared for one job when its attempt "
        f"began{left}. {ADVICE} Or set {limit.setting}."
    )


def _megabytes(size: int) -> str:
    return f"{max(0, size) / _MB:,.0f} MB" if size >= 10 * _MB else f"{max(0, size) / _MB:,.1f} MB"
