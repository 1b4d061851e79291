"""Uploads are measured on real servers, and told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import report
from bench.bars import bars
from bench.results import Results, Uploads
from bench.uploads import _ask, _environment, _serving, uploads


def test_the_three_ways_take_their_time(tmp_path: Path) -> None:
    found = uploads(4, 1, tmp_path / "uploads")
    assert min(found.copied, found.resumable, found.plain) > 0
    assert list((tmp_path / "uploads" / "data").glob("*.csv")) == []
    told = report.uploads(Results(1, 1, "", "", "", (), uploads=found))
    assert "4 MB: a plain copy" in told


def test_an_upload_that_is_refused_is_no_time(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (
        _serving("project.app:create_app()", _environment(tmp_path)) as (port, _),
        pytest.raises(ValueError, match="409|422|400"),
    ):
        _ask(port, "PUT", "/upload/..", {"Content-Length": "1"}, b"x", 1)


@pytest.mark.parametrize("resumable, plain, share", [(2.0, 1.0, 0.5), (1.0, 4.0, 0.25), (1.0, 1.0, 1.0)])
def test_the_slower_way_counts(resumable: float, plain: float, share: float) -> None:
    measured = Uploads(1, 1.0, resumable, plain, 0)
    assert measured.share == share
    rate, growth = bars(Results(1, 1, "", "", "", (), uploads=measured))
    assert (rate.figure, rate.is_held, growth.is_held) == (share, share >= 0.6, True)
