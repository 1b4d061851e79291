"""Calls of a real server, as it behaves and as it does not: an answer, or one sentence that says what it did."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import time
import tracemalloc
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from test.apis.people import USERS
from test.apis.replies import Reply
from test.apis.server import Api
from test.fetch.callers import SECRET, answer, ask, calls, limits

import pytest
import trustme
import zstandard

from project.fetch.calling import ApiDown, Caller, CallFailed, Refused, Request
from project.fetch.plan import Secret


def test_an_answer_is_whole_and_says_where_it_came_from(api: Api) -> None:
    found = answer(f"{api.url}/users/3")
    assert (found.status, found.url) == (200, f"{api.url}/users/3")
    assert json.loads(found.body) == USERS[2]


def test_post_sends_json(api: Api) -> None:
    found = answer(Request("POST", f"{api.url}/lookup", b'{"id": 4}'))
    assert json.loads(found.body)["name"] == "Dana Levi"
    assert api.asked[-1].headers["content-type"] == "application/json"


def test_headers_and_address_arrive_as_they_are(api: Api) -> None:
    target = "/echo/a%2Fb%2e/c,d:e@f+g?x=%2C&y=a+b%20c&z=%F0%9F%A6%8A&empty="
    found = json.loads(answer(Request("GET", f"{api.url}{target}", headers=(("X-Trace", "1"),))).body)
    assert f"{found['path']}?{found['query']}" == target
    assert found["headers"]["x-trace"] == "1"
    assert found["headers"]["accept"] == "application/json"
    assert "cookie" not in found["headers"]


def test_spaces_and_foreign_letters_of_an_address_are_encoded(api: Api) -> None:
    found = json.loads(answer(f'{api.url}/echo/übung?q="a b"{{x}}').body)
    assert (found["path"], found["query"]) == ("/echo/%C3%BCbung", "q=%22a%20b%22%7Bx%7D")


@pytest.mark.parametrize("status", [404, 410])
def test_no_record_is_an_answer(api: Api, status: int) -> None:
    found = answer(f"{api.url}/odd/status/{status}")
    assert found.status == status
    assert api.hits[f"/odd/status/{status}"] == 1


@pytest.mark.parametrize("how", ["gzip", "members", "deflate", "raw", "zstd", "identity"])
def test_packed_answers_are_unpacked(api: Api, how: str) -> None:
    assert answer(f"{api.url}/odd/packed/{how}").body == b'{"id": 1, "name": "one"}'


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "UTF-8"])
def test_answers_come_in_utf_8(api: Api, charset: str) -> None:
    assert answer(f"{api.url}/odd/charset/{charset}").body.decode() == '{"name": "café"}'


@pytest.mark.parametrize(
    ("path", "sentence", "tries"),
    [
        ("html", "answered with a web page, “Please log in”, instead of JSON", 1),
        ("html-as-json", "answered with a web page, “Please log in”, instead of JSON", 1),
        ("empty", "answered 200 (OK) with nothing in it", 1),
        ("status/400", 'answered 400 (Bad Request): “{"error": "this is 400"}”', 1),
        ("status/500", 'answered 500 (Internal Server Error): “{"error": "this is 500"}”. It was tried 3 times', 3),
        ("status/501", "answered 501 (Not Implemented)", 1),
        ("status/304", "answered 304 (Not Modified)", 1),
        ("endless", "answered with more than 1 MB (unpacked)", 1),
        ("bomb/gzip", "answered with more than 1 MB (unpacked)", 1),
        ("bomb/deflate", "answered with more than 1 MB (unpacked)", 1),
        ("bomb/zstd", "answered with more than 1 MB (unpacked)", 1),
        ("packed/br", "answered packed as “br”, which nobody asked for", 1),
        ("packed/cut", "answered with packed bytes that are damaged or cut. It was tried 3 times", 3),
        ("packed/damaged", "answered with packed bytes that are damaged or cut", 3),
        ("loop", "redirects more than 3 times, or in a circle", None),
        ("chain/4", "redirects more than 3 times, or in a circle", None),
        ("redirect/302?to=ftp://127.0.0.1/x", "redirects to an address that is not called", 1),
        ("redirect/302?to=http://[::1", "redirects to an address that is not called", 1),
        ("short", "broke the connection off before its answer was whole. It was tried 3 times", 3),
        ("noise", "answered with something that is not HTTP", 1),
        ("headers", "answered with something that is not HTTP", 1),
        ("long-header", "answered with something that is not HTTP", 1),
    ],
)
def test_a_misdeed_is_one_sentence(api: Api, path: str, sentence: str, tries: int | None) -> None:
    with pytest.raises(CallFailed) as caught:
        answer(f"{api.url}/odd/{path}", response_mb=1)
    assert caught.value.sentence.startswith(f"127.0.0.1 {sentence}")
    assert caught.value.sentence.endswith(".")
    assert tries is None or sum(api.hits.values()) == tries


@pytest.mark.parametrize("pack", [lambda body: gzip.compress(body, 9), zstandard.compress], ids=["gzip", "zstd"])
def test_a_bomb_takes_little_memory(api: Api, pack: Callable[[bytes], bytes]) -> None:
    encoding = "zstd" if pack is zstandard.compress else "gzip"
    api.answers["/bomb"] = Reply(pack(bytes(50 << 20)), 200, (("Content-Encoding", encoding),))
    tracemalloc.start()
    try:
        with pytest.raises(CallFailed, match="more than 4 MB"):
            answer(f"{api.url}/bomb", response_mb=4)
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_one_byte_a_while_ends_at_the_total_limit(api: Api) -> None:
    begin = time.monotonic()
    with pytest.raises(CallFailed, match=r"127\.0\.0\.1 was not done with its answer after 0\.5 seconds\.$"):
        answer(f"{api.url}/odd/drip", total_seconds=0.5)
    assert time.monotonic() - begin < 3
    assert api.hits["/odd/drip"] == 1


def test_silence_ends_at_the_read_limit(api: Api) -> None:
    with pytest.raises(CallFailed, match=r"127\.0\.0\.1 sent nothing for 0\.2 seconds\. It was tried 2 times\.$"):
        answer(f"{api.url}/odd/silence", read_seconds=0.2, tries=2)


def test_what_fails_for_a_while_is_tried_again(api: Api) -> None:
    assert answer(f"{api.url}/odd/flaky/2").status == 200
    assert api.hits["/odd/flaky/2"] == 3


def test_a_short_retry_after_is_waited_for(api: Api) -> None:
    api.answers["/busy"] = Reply(b"{}", 429, (("Retry-After", "1"),))
    with pytest.raises(ApiDown):
        answer(f"{api.url}/busy", tries=2)
    first, second = (each.at for each in api.asked)
    assert second - first >= 1


@pytest.mark.parametrize("is_date", [False, True])
def test_a_long_retry_after_pauses_the_job(api: Api, is_date: bool) -> None:
    after = formatdate(time.time() + 320, usegmt=True) if is_date else "300"
    api.answers["/busy"] = Reply(b"{}", 429, (("Retry-After", after),))
    with pytest.raises(ApiDown) as caught:
        answer(f"{api.url}/busy")
    assert 200 < caught.value.seconds <= 320
    assert "429 (Too Many Requests)" in caught.value.sentence
    assert "asks for a pause" in caught.value.sentence
    assert api.hits["/busy"] == 1


@pytest.mark.parametrize("after", ["soon", "-1", "Sun, 06 Nov 1994 08:49:37 GMT"])
def test_an_odd_retry_after_is_none(api: Api, after: str) -> None:
    api.answers["/busy"] = Reply(b"{}", 429, (("Retry-After", after),))
    with pytest.raises(ApiDown) as caught:
        answer(f"{api.url}/busy")
    assert caught.value.seconds == pytest.approx(30, abs=1)
    assert api.hits["/busy"] == 3


def test_an_api_that_is_down_pauses_the_job_and_no_call_fails(api: Api) -> None:
    api.status = 503
    found = ask(*(f"{api.url}/users/{key}" for key in range(20)), parallel=4)
    assert all(isinstance(each, ApiDown) for each in found)
    assert sum(api.hits.values()) <= 4 * 3


def test_an_api_that_refuses_connections_pauses_the_job(api: Api) -> None:
    api.stop()
    with pytest.raises(ApiDown, match=r"127\.0\.0\.1 could not be reached: .*\."):
        answer(f"{api.url}/users/1")


def test_an_api_that_hangs_up_on_every_call_pauses_the_job_in_the_end(api: Api) -> None:
    found = ask(*[f"{api.url}/odd/hang-up"] * 8, parallel=1)
    assert [type(each) for each in found] == [CallFailed] * 4 + [ApiDown] * 4


def test_one_poisonous_key_fails_alone(api: Api) -> None:
    found = ask(f"{api.url}/odd/status/500", *(f"{api.url}/any/{key}" for key in range(5)), parallel=1)
    assert isinstance(found[0], CallFailed)
    assert all(getattr(each, "status", None) == 200 for each in found[1:])


def test_pauses_grow_while_nothing_is_answered(api: Api) -> None:
    api.status = 503
    seconds = []
    for outages in (0, 1, 2, 10):
        with pytest.raises(ApiDown) as caught:
            answer(f"{api.url}/users/1", outages=outages)
        seconds.append(round(caught.value.seconds))
    assert seconds == [30, 60, 120, 900]
    # After the first outage, one try is enough to know.
    assert api.hits["/users/1"] == 3 + 1 + 1 + 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_secret_ends_it_without_another_try(api: Api, status: int) -> None:
    with pytest.raises(Refused, match=f"answered {status} .* Check the token") as caught:
        answer(f"{api.url}/odd/status/{status}", secret=SECRET)
    assert caught.value.code == "api_refused"
    assert api.hits[f"/odd/status/{status}"] == 1


def test_a_secret_is_sent_and_never_repeated(api: Api) -> None:
    assert json.loads(answer(f"{api.url}/guarded/1/7", secret=SECRET).body)["id"] == "7"
    with pytest.raises(Refused) as caught:
        answer(f"{api.url}/odd/echo-token", secret=SECRET)
    assert "good" not in caught.value.sentence
    assert "bad token •••" in caught.value.sentence


def test_a_secret_is_for_its_own_host(api: Api) -> None:
    with pytest.raises(Refused, match="The secret is for api.example: it is not sent to 127.0.0.1"):
        answer(f"{api.url}/users/1", secret=Secret(host="API.example", header="X-Key", value="k"))
    assert not api.asked


@pytest.mark.parametrize(
    ("code", "method", "body"),
    [(301, "GET", b""), (302, "GET", b""), (303, "GET", b""), (307, "POST", b'{"id": 1}'), (308, "POST", b'{"id": 1}')],
)
def test_a_redirected_post(api: Api, code: int, method: str, body: bytes) -> None:
    found = answer(Request("POST", f"{api.url}/odd/redirect/{code}?to=/echo/x", b'{"id": 1}'), secret=SECRET)
    assert found.url == f"{api.url}/echo/x"
    last = api.asked[-1]
    assert (last.method, last.body) == (method, body)
    # On the same host, the secret goes along.
    assert last.headers["authorization"] == "Bearer good"


def test_three_redirects_are_followed(api: Api) -> None:
    assert json.loads(answer(f"{api.url}/odd/chain/3").body)["id"] == 1


def test_secret_and_headers_are_dropped_at_another_host_for_good(api: Api) -> None:
    with Api() as other:
        back = f"{api.url}/echo/back"
        url = f"{api.url}/odd/redirect/307?to={other.url}/odd/redirect/307?to={back}"
        answer(Request("GET", url, headers=(("X-Custom", "1"),)), secret=SECRET)
    for asked in (other.asked[-1], api.asked[-1]):
        assert "authorization" not in asked.headers
        assert "x-custom" not in asked.headers
    assert api.asked[0].headers["authorization"] == "Bearer good"


def test_no_more_calls_at_once_than_allowed(api: Api) -> None:
    api.delay = 0.02
    ask(*(f"{api.url}/any/{key}" for key in range(30)), parallel=3)
    assert api.most_at_once == 3


def test_calls_are_spread_evenly_over_the_second(api: Api) -> None:
    ask(*(f"{api.url}/any/{key}" for key in range(13)), parallel=8, per_second=40)
    moments = sorted(each.at for each in api.asked)
    assert 0.2 < moments[-1] - moments[0] < 2


def test_a_caller_goes_on_once_the_api_is_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("project.fetch.breaker._FIRST_SECONDS", 0.5)

    async def run() -> None:
        async with Caller(limits(), None, 2, None, backoff_seconds=0.001) as caller:
            request = Request("GET", f"{api.url}/users/1")
            api.status = 503
            assert all(isinstance(each, ApiDown) for each in await calls(caller, [request] * 3))
            before = sum(api.hits.values())
            with pytest.raises(ApiDown) as caught:
                await caller.call(request)
            assert sum(api.hits.values()) == before
            api.status = None
            await asyncio.sleep(caught.value.seconds)
            assert (await caller.call(request)).status == 200

    asyncio.run(run())


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certification authority that this test trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


@pytest.fixture
def encrypted(authority: trustme.CA) -> Iterator[tuple[Api, list[str | None]]]:
    """A test API for api.example, and the names that it was asked for during the handshakes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.example").configure_cert(context)
    names: list[str | None] = []
    context.sni_callback = lambda connection, name, own: names.append(name)
    with Api(tls=context) as api:
        yield api, names


async def _loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_the_checked_address_is_called_by_its_name(encrypted: tuple[Api, list[str | None]]) -> None:
    api, names = encrypted
    found = answer(f"https://api.example:{api.port}/users/1", resolve=_loopback, allow_hosts=("api.example",))
    assert found.status == 200
    assert names == ["api.example"]
    assert api.asked[-1].headers["host"] == f"api.example:{api.port}"


def test_another_ones_certificate_ends_it(encrypted: tuple[Api, list[str | None]]) -> None:
    api, _ = encrypted
    with pytest.raises(Refused, match="other.example has a certificate that is not valid for it"):
        answer(f"https://other.example:{api.port}/users/1", resolve=_loopback, allow_hosts=(".example",))
    assert not api.asked


def test_nothing_of_the_environment_is_used(api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert "authorization" not in json.loads(answer(f"{api.url}/echo/x").body)["headers"]


def test_cookies_are_not_kept(api: Api) -> None:
    api.answers["/biscuit"] = Reply(b"{}", 200, (("Set-Cookie", "a=b; Path=/"),))
    # Of an address in numbers, no client would keep any.
    url = f"http://api.example:{api.port}"
    ask(*[f"{url}/biscuit"] * 3, parallel=1, resolve=_loopback, allow_hosts=("api.example",))
    assert [each.headers.get("cookie") for each in api.asked] == [None] * 3
