"""The report: the figures of one run as Markdown, with the machine that they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

from bench.measure import Figures


def machine() -> str:
    """The machine in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} on {platform.machine()}"


def versions() -> str:
    """What was measured, in words."""
    packages = ", ".join(f"{name} {version(name.lower())}" for name in ("Polars", "DuckDB", "Numba"))
    return f"Python {platform.python_version()}, {packages}"


def table(title: str, figures: Sequence[Figures]) -> str:
    """One contest: the contenders, and ratios against the first of them, which is ours."""
    ours = figures[0]
    lines = [f"### {title}", "", "| contender | time | peak memory | Rowmill’s time ÷ its |", "|---|--:|--:|--:|"]
    for one in figures:
        if one.failure:
            lines.append(f"| {one.name} | {one.failure} | {one.peak_mb:,.0f} MB | |")
        else:
            ratio = "" if one is ours else f"{ours.seconds / one.seconds:.2f}"
            lines.append(f"| {one.name} | {one.seconds:.1f} s | {one.peak_mb:,.0f} MB | {ratio} |")
    return "\n".join(lines)


def verdict(sentence: str, figure: float, bar: float, unit: str = "") -> str:
    """One bar as a line of a table."""
    held = "held" if figure <= bar else "**missed**"
    return f"| {sentence} | {figure:.2f}{unit} | ≤ {bar:g}{unit} | {held} |"


def page(rows: int, rounds: int, tables: Sequence[str], verdicts: Sequence[str]) -> str:
    """The whole page."""
    head = f"""# Benchmarks

Measured on {date.today().isoformat()} by `./run bench` on one machine: {machine()}; {versions()}.
The contenders took turns ({rounds} round{"s" if rounds > 1 else ""}); times are medians of whole processes,
peaks the largest of each process by the operating system's count. All results of a table are the same bytes, or the
benchmark ends. Times move from machine to machine: the ratios are what to compare.

The data: `./run generate-dataset --rows {rows} plays.csv` (songs × days × plays, 26 bytes a row; with 100 million rows,
2.6 GB and 31.9 million different pairs of song and date).

| bar | measured | bar | |
|---|--:|--:|---|
"""
    return head + "\n".join(verdicts) + "\n\n" + "\n\n".join(tables) + "\n"
