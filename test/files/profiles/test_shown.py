"""The page of a file's columns says what a plain count of the file says, and stays whole whatever is in it."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from project import current
from project.engine.inspection.profile import Frequent, Shape
from project.files.inspections import Inspections

LARGEST_PAGE = 500_000
_VOID = {"meta", "link", "input", "br", "hr", "rect", "path", "use"}


class _Balance(HTMLParser):
    """Whether every element that opens is closed in its place; and what is within each element with an ID."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        pass


def words(html: str) -> str:
    """What is read on the page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))


def section(html: str, number: int) -> str:
    return words(html.split(f'id="column-{number}"')[1].split("</section>")[0])


def test_the_numbers_are_those_of_a_plain_count(client, inspect) -> None:
    choice = random.Random(3)
    plays = [choice.choice(["", *map(str, range(1, 1000))]) for _ in range(5000)]
    songs = [choice.choice(["Umbrella", "In The End", "Ça va"]) for _ in plays]
    days = [str(date(2024, 1, 1) + timedelta(days=choice.randrange(40))) for _ in plays]
    codes = [f"{choice.randrange(10**5):05d}" for _ in plays]
    file, _ = inspect(["Song", "Date", "Plays", "Code"], list(zip(songs, days, plays, codes, strict=True)))
    html = client.get(f"/files/{file}/columns").text
    numbers = [int(value) for value in plays if value]

    song = section(html, 1)
    for value, count in Counter(songs).most_common():
        assert f"{value} {count:,} {100 * count / 5000:.1f} %" in song
    assert "Distinct 3" in song and "Longest text 10 characters" in song

    day = section(html, 2)
    assert f"Smallest {min(days)}" in day and f"Largest {max(days)}" in day
    for value, count in Counter(days).items():
        if f"{value} to " not in day:
            continue
        last = re.search(rf"{value} to (\S+) ", day)[1]
        assert f"{value} to {last} {sum(value <= each <= last for each in days):,} " in day
    assert "Span 40 days" in day

    play = section(html, 3)
    assert f"{len(numbers):,} values" in play and f"{plays.count(''):,} missing" in play
    assert f"Sum {sum(numbers):,} " in play and f"Smallest {min(numbers)} Largest {max(numbers)} " in play
    assert f"Mean {sum(numbers) / len(numbers):.3f} " in play
    ordered = sorted(numbers)
    assert f"median {(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2:g} " in play
    told = re.findall(r"(\d+) to (\d+) ([\d,]+) ", play.split("bars in numbers")[1])
    assert len(told) == 20
    for low, last, count in told:
        assert int(count.replace(",", "")) == sum(int(low) <= each <= int(last) for each in numbers)

    zeros = sum(code.startswith("0") and code != "0" for code in codes)
    assert f"{zeros:,} with leading zeros, so text" in section(html, 4)


def test_its_links_lead_to_as_many_rows_as_they_say(client, inspect, wait_until) -> None:
    choice = random.Random(4)
    cities = [choice.choice(["", "Rome", "<b>Köln & Co"]) for _ in range(500)]
    days = [str(date(2024, 1, 1) + timedelta(days=choice.randrange(90))) for _ in cities]
    amounts = [f"{choice.uniform(-5, 20):.2f}" for _ in cities]
    file, _ = inspect(["City", "Day", "Amount"], list(zip(cities, days, amounts, strict=True)))
    html = client.get(f"/files/{file}/columns").text
    bars = re.findall(r'<th [^>]*><a href="([^"]*)">[^<]*</a></th><td class="number">([\d,]+)<', html)
    values = re.findall(r'<a href="([^"]*)"><bdi[^>]*>[^<]*</bdi></a></span>\s*<span class="mono">([\d,]+)<', html)
    missing = re.findall(r'<a href="([^"]*)"><span class="mono">([\d,]+)</span> missing', html)
    assert len(bars) > 30 and len(missing) == 1
    for address, count in (bars[0], bars[-1], values[0], values[-1], *missing):
        told = f"of {count} rows that meet the conditions, of 500"
        wait_until(lambda address=address, told=told: told in words(client.get(unescape(address)).text))


def test_what_nothing_is_known_of_yet_is_asked_for_again(client) -> None:
    (file,) = client.get("/api/v1/files").get_json()["files"]
    html = client.get(f"/files/{file['id']}/columns").text
    assert re.search(r'<div id="columns" data-so-far="[^"]*">\s*</div>', html)
    assert client.get(f"/files/{file['id']}/columns?live=1").status_code == 204


def test_partial_facts_are_told_as_such_until_they_are_complete(client, app, put, profile, column, tmp_path) -> None:
    partial = tmp_path / "profile.partial.json"
    partial.write_text(profile(column(), complete=False, rows=30_940_652, records=10**8, blank=1).model_dump_json())
    app.extensions["rowmill.inspections"] = Inspections(current_workspace(app), lambda file: tmp_path)
    (file,) = client.get("/api/v1/files").get_json()["files"]
    page = client.get(f"/files/{file['id']}/columns")
    assert "So far: 30,940,652 rows of 99,999,999." in words(page.text)
    (address,) = re.findall(r'data-so-far="([^"]*)"', page.text)
    live = client.get(address)
    assert live.text.strip().startswith('<div id="columns"') and "30,940,652" in live.text
    again = client.get(address, headers={"If-None-Match": live.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    put(profile(column()))
    complete = client.get(address, headers={"If-None-Match": live.headers["ETag"]})
    assert complete.status_code == 200 and "So far" not in complete.text and "data-so-far" not in complete.text


def current_workspace(app):
    with app.app_context():
        return current.workspace()


def test_columns_are_put_in_order_by_the_address(client, put, profile, column) -> None:
    columns = [
        column("b", missing=2, distinct=1),
        column("a", missing=0, distinct=5),
        column("C", missing=9, distinct=3),
    ]
    file = put(profile(*columns, rows=10))

    def names(sort: str) -> str:
        html = client.get(f"/files/{file}/columns?sort={sort}").text
        return "".join(re.findall(r'<th scope="row".*?<bdi class="name">(\w)</bdi>', html))

    assert [names(sort) for sort in ("", "name", "-name", "-missing", "missing", "-distinct", "shape")] == [
        "baC", "abC", "Cba", "Cba", "abC", "aCb", "baC",
    ]  # fmt: skip
    html = client.get(f"/files/{file}/columns?sort=-missing").text
    assert 'aria-sort="descending"' in html and "sort=missing" in html
    assert client.get(f"/files/{file}/columns?sort=nonsense").status_code == 422


def test_a_wide_file_has_a_line_for_each_column_and_a_page_of_its_own(client, put, profile, column, histogram) -> None:
    bins = histogram([str(10 * edge) for edge in range(21)], list(range(20)))
    columns = [
        column(f"measure {number}", missing=number, minimum="0", maximum="199", histogram=bins) for number in range(300)
    ]
    file = put(profile(*columns, rows=300))
    html = client.get(f"/files/{file}/columns").text
    assert html.count('<th scope="row"') == 300 and 'class="section column"' not in html
    assert len(html) < LARGEST_PAGE
    assert "most: 99.67 % of measure 299" in words(html)
    one = client.get(f"/files/{file}/columns?column=300").text
    assert "measure 299" in section(one, 300) and "column=299" in one and "column=301" not in one
    assert client.get(f"/files/{file}/columns?column=301").status_code == 404
    assert client.get(f"/files/{file}/columns?page=2").status_code == 404


def test_more_columns_than_a_page_has_lines_are_turned(client, put, profile, column) -> None:
    file = put(profile(*(column(f"c{number}") for number in range(301))))
    assert "page=2" in client.get(f"/files/{file}/columns").text
    last = client.get(f"/files/{file}/columns?page=2").text
    assert last.count('<th scope="row"') == 1 and ">c300<" in last


FOUL = "<script>alert(1)</script>\u202e\x00\x1b]" + '"' + "x" * 1000


def test_a_file_that_is_not_inspected_has_no_columns_to_tell_of(app, client) -> None:
    (file,) = client.get("/api/v1/files").get_json()["files"]
    client.post(f"/api/v1/files/{file['id']}/delete", json={})
    assert 'id="columns"' not in client.get(f"/files/{file['id']}/columns").text


@pytest.mark.parametrize(("many", "longer"), [(12, 1000), (300, 1)])
def test_any_text_is_shown_as_text_and_the_page_stays_whole(
    client, put, profile, column, histogram, many, longer
) -> None:
    value = ("<b>\u202e\x07" * 200)[:200]
    top = tuple(Frequent(value=value[number:], count=2, length=10**6) for number in range(10))
    lengths = histogram([str(edge) for edge in range(0, 2_100_000, 100_000)], [5] * 20, "lengths")
    foul = column(
        FOUL * longer, Shape.TEXT, sentence=value, values=100, missing=7, empty=5, distinct=99, longest=2_000_000,
        top=top, minimum=value, maximum=value, histogram=lengths,
    )  # fmt: skip
    file = put(profile(*[foul] * many))
    for address in (f"/files/{file}/columns", f"/files/{file}/columns?column=1"):
        html = client.get(address).text
        assert "<script>alert" not in html and "<b>" not in html
        assert "\u202e" not in html and "\x07" not in html and "\x00" not in html
        assert "[U+202E]" in html
        assert len(html.encode()) < LARGEST_PAGE
        _Balance(html)


def test_a_column_of_nothing_and_a_file_of_nothing_are_pages(client, put, profile, column, inspect) -> None:
    nothing = column("", Shape.NOTHING, values=0, missing=9, distinct=0)
    html = client.get(f"/files/{put(profile(nothing))}/columns").text
    assert "9 missing 100 %" in section(html, 1)
    empty = client.get(f"/files/{put(profile())}/columns").text
    assert "0 columns" in words(empty)
    file, _ = inspect(["a", "b"], [])
    assert "2 columns 0 rows" in words(client.get(f"/files/{file}/columns").text)


ODD = {
    "wide": ["1" * 40, "-" + "9" * 39, "0"],
    "fine": ["0." + "1" * 30, "12345678901234567.5", "-0"],
    "exponents": ["1e308", "-1e-308", "1e5"],
    "near": ["1e999", "nan", "inf"],
    "days": ["0001-01-01", "9999-12-31", "2024-02-29"],
    "times": ["0001-01-01 00:00:00", "9999-12-31T23:59:59.999999Z", "2024-02-29 12:00+05:30"],
    "spaces": [" 1", "2 ", "  3  "],
    "same": ["5", "5", "5"],
    "truth": ["TRUE", "false", "True"],
    "lines": ["a\nb", "\t", "\\"],
    "gaps": ["", "", "x"],
}


@pytest.mark.parametrize("rows", [1, 3])
def test_odd_values_of_a_real_file_are_told(client, inspect, rows) -> None:
    file, profile = inspect(list(ODD), list(zip(*ODD.values(), strict=True))[:rows])
    html = client.get(f"/files/{file}/columns").text
    _Balance(html)
    for number, column in enumerate(profile.columns, 1):
        told = section(html, number)
        assert column.sentence in told and f"{column.values} values" in told and f"{column.missing} missing" in told


def test_estimates_are_told_as_estimates(client, put, profile, column) -> None:
    top = (Frequent(value="a", count=70, length=1),)
    guessed = column(
        shape=Shape.TEXT, values=1000, distinct=800, distinct_error=0.015625, top=top, top_error=3, methods=("Beware.",)
    )
    told = section(client.get(f"/files/{put(profile(guessed))}/columns").text, 1)
    assert "Distinct about 800 an estimate: in 19 of 20 cases it is between 775 and 825" in told
    assert "≥ 70 7.0 %" in told and "All other values: up to 930 rows" in told
    assert "Beware." in told
