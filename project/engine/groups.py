"""How many groups an aggregate will make, by a look at the head of the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from project.engine.detect import read_sample
from project.engine.dialect import Dialect, DialectChoice

_SAMPLE_BYTES = 256 * 1024
_FEW = 0.25


def are_many(path: Path, dialect: Dialect, names: Sequence[str]) -> bool:
    """Whether a quarter of the first rows and more differ in these columns; quotes are not looked at.

    Few groups are merged as fast by their texts as by codes, which must be collected before.
    """
    choice = DialectChoice(encoding=dialect.encoding, compression=dialect.compression, member=dialect.member)
    lines = read_sample(path, choice, _SAMPLE_BYTES).utf8.splitlines()[1:-1]
    delimiter = dialect.delimiter.encode()
    wanted = [dialect.columns.index(name) for name in names]
    rows = [fields for line in lines if len(fields := line.split(delimiter)) == len(dialect.columns)]
    groups = {tuple(fields[column] for column in wanted) for fields in rows}
    return len(groups) > _FEW * len(rows)
