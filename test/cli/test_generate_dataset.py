"""The data set: its shape, its size, and that it is the same everywhere."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from project.cli.generate_dataset import HEADER, ROWS_A_CHUNK, chunks, main


def make(tmp_path: Path, *arguments: str) -> Path:
    path = tmp_path / "plays.csv"
    assert main([*arguments, str(path)]) == 0
    return path


def test_rows_read_back_as_song_date_and_plays(tmp_path: Path) -> None:
    rows = ROWS_A_CHUNK + 1000
    frame = pd.read_csv(make(tmp_path, "--rows", f"{rows:,}", "--songs", "50"), parse_dates=["Date"])
    assert list(frame.columns) == ["Song", "Date", "Number of Plays"]
    assert len(frame) == rows
    assert frame["Song"].nunique() == 50
    assert frame["Date"].nunique() == 336
    assert frame["Number of Plays"].between(1, 999).all()


def test_the_draws_are_uniform(tmp_path: Path) -> None:
    frame = pd.read_csv(make(tmp_path, "--rows", "300000", "--songs", "10"))
    assert frame["Song"].value_counts().between(29_000, 31_000).all()
    assert 495 < frame["Number of Plays"].mean() < 505


def test_a_row_has_26_bytes_so_that_100_million_make_two_and_a_half_gigabytes(tmp_path: Path) -> None:
    size = make(tmp_path, "--rows", "100000").stat().st_size
    assert 25.8 < (size - len(HEADER)) / 100_000 < 26.0


def test_the_same_arguments_give_the_same_bytes() -> None:
    digest = hashlib.sha256(b"".join(chunks(1_000, 100_000, 0))).hexdigest()
    assert digest == hashlib.sha256(b"".join(chunks(1_000, 100_000, 0))).hexdigest()
    assert digest == "459803e598b680520ca6dffb6d71152fa255be262379c0f55dfe80de9dab92ca"
    assert digest != hashlib.sha256(b"".join(chunks(1_000, 100_000, 1))).hexdigest()


def test_no_rows_leave_a_header(tmp_path: Path) -> None:
    assert make(tmp_path, "--rows", "0").read_bytes() == HEADER


def test_a_dash_streams_to_standard_output_until_the_reader_has_enough() -> None:
    command = [sys.executable, "-m", "project.cli.generate_dataset", "--rows", "100000000", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == HEADER
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == b""


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "missing" / "plays.csv"
    command = [sys.executable, "-m", "project.cli.generate_dataset", "--rows", "1", str(path)]
    assert subprocess.run(command, check=False).returncode == 1
    assert capfd.readouterr().err == f"{path}: No such file or directory.\n"


def test_a_number_below_zero_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["--rows", "-5", str(tmp_path / "plays.csv")])
    assert ending.value.code == 2
