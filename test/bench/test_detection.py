"""Measuring detection: what is missed is counted and named, and what makes no difference is no miss."""

from __future__ import annotations

from pathlib import Path

from bench.detection import Answer, judge, read_answers, report


def test_misses_are_counted_and_named(tmp_path: Path) -> None:
    (tmp_path / "right.csv").write_text("a;b\n1;2\n")
    (tmp_path / "wrong.csv").write_text("a#b\n1#2\n")
    (tmp_path / "none.csv").write_bytes(b"")
    (tmp_path / "answers.csv").write_text(
        "file,delimiter,quote,escape,encoding\n" "right.csv,;,',\\,Windows-1252\nwrong.csv,#,,,\nnone.csv,;,,,\n"
    )
    answers = read_answers(tmp_path / "answers.csv")
    assert answers[1] == Answer("wrong.csv", delimiter="#")
    told = list(report([judge(tmp_path, answer) for answer in answers]))
    assert told[:2] == ["3 files; 2 with a dialect; 1 right in every part", "encoding: 1 of 1"]
    assert "delimiter: 1 of 2" in told and "quote: 1 of 1" in told
    assert "   1 delimiter: , for #" in told
    assert told[-2:] == ["- wrong.csv: delimiter , for #", "- none.csv: The file is empty."]
