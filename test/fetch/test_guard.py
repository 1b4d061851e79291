"""No way in: whatever an address is spelled like or leads to, nothing that is not public is ever connected to."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address
from test.apis.names import NameServer
from test.apis.replies import as_json
from test.apis.server import Api
from test.fetch.callers import SECRET, answer, ask

import pytest
from yarl import URL

from project.errors import SettingsError
from project.fetch.calling import ApiDown, CallFailed, Refused
from project.fetch.guard import BlockedSocket, Guard, Resolve
from project.fetch.plan import FetchLimits
from project.fetch.public import is_public

PUBLIC = "93.184.215.14"


@pytest.fixture
def canary(api: Api) -> Api:
    """A server inside; it may not be called, but for what the test says."""
    return api


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", PUBLIC, "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8"]
    + ["2002:808:808::1", "64:ff9b::8.8.8.8", "2001:0:808:808:0:0:f7f7:f7f7"],
)
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"]
    + ["168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1"]
    + ["192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"]
    + ["255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"]
    + ["::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::8.8.8.8", "100::1", "2001:db8::1"]
    + ["2001::1", "2001:0:7f00:1::", "2001:0:808:808:0:0:80ff:fffe", "2001:10::1", "2001:20::1", "2002:7f00:1::1"]
    + ["2002:a00:1::", "2002:a9fe:a9fe::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1"]
    + ["fec0::1", "ff02::1", "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1"],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


SPELLINGS = (
    "http://127.0.0.1:{port}/x",
    "HTTP://127.0.0.1:{port}/x",
    "http://127.0.0.1.:{port}/x",
    "http://127.1:{port}/x",
    "http://127.0.1:{port}/x",
    "http://127.000.000.001:{port}/x",
    "http://0177.0.0.1:{port}/x",
    "http://0177.1:{port}/x",
    "http://0x7f.0.0.1:{port}/x",
    "http://0x7f.1:{port}/x",
    "http://0x7f000001:{port}/x",
    "http://0X7F000001:{port}/x",
    "http://2130706433:{port}/x",
    "http://017700000001:{port}/x",
    "http://4294967296127.0.0.1:{port}/x",
    "http://127.0.0.1%2e:{port}/x",
    "http://%31%32%37.0.0.1:{port}/x",
    "http://0:{port}/x",
    "http://0.0.0.0:{port}/x",
    "http://127.255.255.254:{port}/x",
    "http://[::1]:{port}/x",
    "http://[::]:{port}/x",
    "http://[0:0:0:0:0:0:0:1]:{port}/x",
    "http://[::127.0.0.1]:{port}/x",
    "http://[::ffff:127.0.0.1]:{port}/x",
    "http://[::ffff:7f00:1]:{port}/x",
    "http://[::ffff:0:127.0.0.1]:{port}/x",
    "http://[64:ff9b::127.0.0.1]:{port}/x",
    "http://[2002:7f00:1::1]:{port}/x",
    "http://[2001:0:7f00:1::]:{port}/x",
    "http://[fe80::1%25lo]:{port}/x",
    "http://[fe80::1%lo]:{port}/x",
    "http://[::1%25lo]:{port}/x",
    "http://[::1%lo]:{port}/x",
    "http://[v1.127.0.0.1]:{port}/x",
    "http://localhost:{port}/x",
    "http://LocalHost:{port}/x",
    "http://localhost.:{port}/x",
    "http://x.localhost:{port}/x",
    "http://localhost.localdomain:{port}/x",
    "http://①②⑦.⓪.⓪.①:{port}/x",
    "http://127。0。0。1:{port}/x",
    "http://127．0．0．1:{port}/x",
    "http://１２７.0.0.1:{port}/x",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/x",
    "http://loc\u00adalhost:{port}/x",
    "http://localhost\u200b:{port}/x",
    "http://api.example@127.0.0.1:{port}/x",
    "http://api.example:80@127.0.0.1:{port}/x",
    "http://api.example:80@@127.0.0.1:{port}/x",
    "http://@127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}@api.example/x",
    "http://api.example\\@127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}\\@api.example/x",
    "http://api.example#@127.0.0.1:{port}/x",
    "http://api.example?@127.0.0.1:{port}/x",
    "http://127.0.0.1 :{port}/x",
    " http://127.0.0.1:{port}/x",
    "http://127.0.0.1\t:{port}/x",
    "ht\ntp://127.0.0.1:{port}/x",
    "http:\\\\127.0.0.1:{port}/x",
    "http:127.0.0.1:{port}/x",
    "http:/127.0.0.1:{port}/x",
    "http:///127.0.0.1:{port}/x",
    "//127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}:80/x",
    "http://127.0.0.1:0{port}/x",
    "ftp://127.0.0.1:{port}/x",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "unix:///tmp/socket",
    "http+unix://127.0.0.1:{port}/x",
    "ws://127.0.0.1:{port}/x",
    "data:application/json,[]",
)


async def _public(host: str, port: int) -> Sequence[str]:
    """Names that lead to this machine on some systems do so here; others are not known."""
    return ["127.0.0.1"] if host.startswith("local") or host.endswith(".localhost") else []


def test_no_spelling_of_an_address_inside_is_called(canary: Api) -> None:
    addresses = [each.format(port=canary.port) for each in SPELLINGS]
    found = ask(*addresses, allow_hosts=(), ports=(80, 443, canary.port), resolve=_public, tries=1)
    # None is taken for an outage, which would keep those behind it from being called at all.
    assert {address: type(came) for address, came in zip(addresses, found, strict=True)} == dict.fromkeys(
        addresses, Refused
    )
    assert canary.hits == Counter()


def test_no_redirect_leads_inside(canary: Api) -> None:
    """The API itself is allowed by name; where it leads is not."""
    with Api() as outside:
        targets = [each.format(port=canary.port) for each in SPELLINGS if "\n" not in each]
        first = URL(f"http://api.example:{outside.port}/odd/redirect/302")
        found = ask(
            *(str(first.with_query(to=each)) for each in targets),
            allow_hosts=("api.example",),
            ports=(80, 443, canary.port),
            resolve=_api_outside,
            tries=1,
            # All at once, on a machine that may be busy.
            **{f"{what}_seconds": 100 for what in ("connect", "read", "total")},
        )
    for target, came in zip(targets, found, strict=True):
        # What is no address of its own is a path of the API's, which it does not know.
        assert isinstance(came, CallFailed) or getattr(came, "status", 0) == 404, (target, came)
    assert outside.hits["/odd/redirect/302"] >= len(targets)
    assert canary.hits == Counter()


async def _api_outside(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"] if host == "api.example" else await _public(host, port)


def test_a_redirect_to_an_address_inside_is_one_sentence(canary: Api) -> None:
    with Api() as outside:
        url = f"http://api.example:{outside.port}/odd/redirect/307?to=http://169.254.169.254/latest"
        with pytest.raises(
            CallFailed, match="api.example redirects to an address that is not called. 169.254.169.254 is"
        ):
            answer(url, allow_hosts=("api.example",), resolve=_api_outside)


def test_a_redirect_to_a_name_that_leads_inside_is_one_sentence(canary: Api) -> None:
    with Api() as outside:
        url = f"http://api.example:{outside.port}/odd/redirect/307?to=http://localhost:{canary.port}/x"
        with pytest.raises(CallFailed, match="api.example redirects to an address that is not called. localhost is"):
            answer(url, allow_hosts=("api.example",), resolve=_api_outside, ports=(80, canary.port))
        url = f"http://api.example:{outside.port}/odd/redirect/307?to=http://local.example:{canary.port}/x"
        with pytest.raises(
            CallFailed, match="not called. local.example has the address 127.0.0.1, which is not public"
        ):
            answer(url, allow_hosts=("api.example",), resolve=_api_outside, ports=(80, canary.port))
    assert canary.hits == Counter()


def answers(*addresses: str) -> Resolve:
    """A resolver that has one answer to everything."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that anything tried to connect to; whatever is public refuses at once."""
    seen: list[str] = []
    connect = asyncio.selector_events.BaseSelectorEventLoop.sock_connect

    async def watched(loop: asyncio.selector_events.BaseSelectorEventLoop, own: socket.socket, address: object) -> None:
        seen.append(str(address[0]))  # type: ignore[index]
        if is_public(ip_address(seen[-1])):
            raise ConnectionRefusedError(111, "Connection refused")
        await connect(loop, own, address)

    monkeypatch.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", watched)
    return seen


def test_a_name_that_leads_out_first_and_then_inside(canary: Api, connected: list[str]) -> None:
    with NameServer(PUBLIC, "127.0.0.1") as names:
        own = {"allow_hosts": (), "ports": (canary.port,), "tries": 2}
        (came,) = ask(f"http://rebind.example:{canary.port}/x", resolve=names.resolve, **own)
    assert isinstance(came, Refused)
    assert "rebind.example has the address 127.0.0.1, which is not public" in came.sentence
    # One question a connection, and the connection went to what was answered to it.
    assert names.asked == 2
    assert connected == [PUBLIC]
    assert canary.hits == Counter()


@pytest.mark.parametrize(
    "addresses",
    [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], ["2606:4700::1111", "::1"], ["::ffff:127.0.0.1"], ["fe80::1%lo"]],
)
def test_every_address_of_a_name_has_to_be_public(canary: Api, connected: list[str], addresses: list[str]) -> None:
    url = f"http://mixed.example:{canary.port}/x"
    with pytest.raises(Refused, match="mixed.example has the address"):
        answer(url, allow_hosts=(), ports=(canary.port,), resolve=answers(*addresses))
    assert connected == []


def test_an_address_that_an_allowed_name_has_is_not_open_to_others(canary: Api) -> None:
    own = {"allow_hosts": ("intranet.example",), "ports": (80, canary.port), "parallel": 1}
    urls = [f"http://{host}:{canary.port}/users/1" for host in ("intranet.example", "other.example", "127.0.0.1")]
    found = ask(*urls, resolve=answers("127.0.0.1"), **own)
    assert [type(each).__name__ for each in found] == ["Answer", "Refused", "Refused"]


def test_the_socket_itself_is_checked() -> None:
    guard = Guard(FetchLimits())
    inside = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80))
    with pytest.raises(BlockedSocket):
        guard.socket(inside)
    guard.socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (PUBLIC, 80))).close()


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "Intranet.example", ".example", "intranet.example."])
def test_what_is_allowed_is_called_on_any_port(canary: Api, allowed: str) -> None:
    url = f"http://intranet.example:{canary.port}/users/1"
    assert answer(url, allow_hosts=(allowed,), resolve=answers("127.0.0.1")).status == 200


@pytest.mark.parametrize("allowed", ["10.0.0.1", "126.0.0.0/8", "tranet.example", "other.example", ".intranet.example"])
def test_what_is_not_allowed_is_not(canary: Api, allowed: str) -> None:
    url = f"http://intranet.example:{canary.port}/users/1"
    with pytest.raises(Refused):
        answer(url, allow_hosts=(allowed,), ports=(canary.port,), resolve=answers("127.0.0.1"))
    assert canary.hits == Counter()


@pytest.mark.parametrize("host", ["10.0.0.1/8", "a b", "", "*", "127.1", "http://intranet.example", "host:80"])
def test_a_host_that_cannot_be_allowed_is_told(host: str) -> None:
    with pytest.raises(SettingsError, match="is no host that calls can be allowed to"):
        Guard(FetchLimits(allow_hosts=(host,)))


def test_public_hosts_are_called_on_listed_ports_only(connected: list[str]) -> None:
    for host in ("api.example", PUBLIC):
        with pytest.raises(Refused, match=f"{host} would be called on port 6379, which is none of ENRICH_PORTS"):
            answer(f"http://{host}:6379/x", allow_hosts=(), resolve=answers(PUBLIC))
    assert connected == []


def test_a_name_that_nobody_knows_is_told() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Refused, match=r"There is no host called api\.exmaple: check the address\.") as caught:
        answer("http://api.exmaple/x", resolve=unknown)
    assert caught.value.code == "unknown_host"


@pytest.mark.parametrize("seconds", [0, 3600])
def test_a_name_server_that_is_away_pauses_the_job(seconds: float) -> None:
    async def away(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(seconds)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.raises(ApiDown, match=r"The name api\.example could not be looked up\."):
        answer("http://api.example/x", resolve=away, connect_seconds=0.05)


def test_with_a_proxy_all_calls_go_to_it_with_the_name(api: Api) -> None:
    proxy = f"http://proxy.example:{api.port}"
    # A proxy is asked for the whole address: the test API takes it for a path.
    api.answers["http://api.example/users/1"] = api.answers["http://api.example:80/users/1"] = as_json({"by": "proxy"})
    found = answer("http://api.example/users/1", allow_hosts=(), proxy=proxy, resolve=answers("127.0.0.1"))
    assert json.loads(found.body) == {"by": "proxy"}
    assert api.asked[-1].headers["host"] == "api.example"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/x", "http://[::1]/x", "http://169.254.169.254/", "http://localhost/x", "http://a.localhost/"]
    + ["http://2130706433/", "http://api.example:22/"],
)
def test_with_a_proxy_literal_addresses_inside_are_refused_still(api: Api, url: str) -> None:
    with pytest.raises(Refused):
        answer(url, allow_hosts=(), proxy=f"http://127.0.0.1:{api.port}")
    assert api.hits == Counter()


def test_a_proxy_may_want_a_password_that_is_shown_to_nobody(api: Api) -> None:
    api.answers["http://api.example/users/1"] = as_json({"by": "proxy"})
    proxy = f"http://me:pass@127.0.0.1:{api.port}"
    answer("http://api.example/users/1", allow_hosts=(), proxy=proxy)
    assert api.asked[-1].headers["proxy-authorization"] == "Basic bWU6cGFzcw=="
    with pytest.raises(SettingsError, match="ENRICH_PROXY is no address of a proxy") as caught:
        answer("http://api.example/users/1", proxy="socks5://me:pass@127.0.0.1:1")
    assert "pass" not in caught.value.message


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(Refused, match="holds a user or a password") as caught:
        answer("https://me:pass@api.example/users/1")
    assert "pass@" not in caught.value.message


def test_a_proxy_that_is_away_pauses_the_job(api: Api) -> None:
    api.stop()
    with pytest.raises(ApiDown, match="The egress proxy could not be reached"):
        answer("http://api.example/x", allow_hosts=(), proxy=api.url)


def test_a_secret_goes_to_the_proxied_host(api: Api) -> None:
    api.answers["http://127.0.0.1/users/1"] = api.answers["http://127.0.0.1:80/users/1"] = as_json({"by": "proxy"})
    answer("http://127.0.0.1/users/1", proxy=api.url, secret=SECRET)
    assert api.asked[-1].headers["authorization"] == "Bearer good"
