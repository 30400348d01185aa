"""Dns against a real server on the loopback."""

import time
from collections.abc import Iterator

import pytest

from checks.dns.source import Dns
from checkwright.core.current import Current, enter, leave
from checkwright.core.errors import BadUsage, Down
from tests.support.dns_server import Zone, dns_server

ZONE: Zone = {
    "shop.test A": ["shop.test. A 10.0.0.9", "shop.test. A 10.0.0.7"],
    "shop.test AAAA": [],
    "www.shop.test A": ["www.shop.test. CNAME shop.test.", "shop.test. A 10.0.0.7"],
    "shop.test MX": ["shop.test. MX 10 mail.shop.test."],
    "shop.test TXT": ['shop.test. TXT "v=spf1 " "-all"'],
    "shop.test NS": ["shop.test. NS ns1.shop.test."],
    "_x._tcp.shop.test SRV": ["_x._tcp.shop.test. SRV 1 2 443 shop.test."],
    "big.test A": [f"big.test. A 10.0.1.{last}" for last in range(200)],
    "gone.test A": "NXDOMAIN",
    "sick.test A": "SERVFAIL",
    "shut.test A": "REFUSED",
    "odd.test A": "NOTIMP",
    "silent.test A": None,
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with dns_server(ZONE) as where:
        yield where


RECORDS = {
    "addresses, sorted": ("shop.test", "A", ("10.0.0.7", "10.0.0.9")),
    "none of that type": ("shop.test", "AAAA", ()),
    "by way of another name": ("www.shop.test", "A", ("10.0.0.7",)),
    "mail": ("shop.test", "MX", ("10 mail.shop.test",)),
    "text in parts": ("shop.test", "TXT", ("v=spf1 -all",)),
    "name servers": ("shop.test", "NS", ("ns1.shop.test",)),
    "service": ("_x._tcp.shop.test", "SRV", ("1 2 443 shop.test",)),
}


@pytest.mark.parametrize(("name", "kind", "records"), RECORDS.values(), ids=RECORDS)
def test_records(server: str, name: str, kind: str, records: tuple[str, ...]) -> None:
    found = Dns.open().look_up(name, kind, server=server)
    assert found.records == records
    assert found.seconds > 0
    assert found.server == server


def test_large_answer_uses_tcp(server: str) -> None:
    assert len(Dns.open().look_up("big.test", server=server).records) == 200


FAILURES = {
    "no such name": ("gone.test", "gone.test does not exist (NXDOMAIN), according to "),
    "server failed": ("sick.test", "sick.test cannot be resolved: the server failed (SERVFAIL), according to "),
    "refused": ("shut.test", "shut.test is not answered: the server refused the query (REFUSED), according to "),
    "something else": ("odd.test", "odd.test is answered with NOTIMP, according to "),
}


@pytest.mark.parametrize(("name", "why"), FAILURES.values(), ids=FAILURES)
def test_failure_is_explained(server: str, name: str, why: str) -> None:
    with pytest.raises(Down) as caught:
        Dns.open().look_up(name, server=server)
    assert str(caught.value) == why + server


def test_silent_server_is_down(server: str) -> None:
    token = enter(Current("test", "test", time.monotonic() + 0.5))
    try:
        with pytest.raises(Down) as caught:
            Dns.open().look_up("silent.test", server=server)
    finally:
        leave(token)
    assert str(caught.value) == f"silent.test: no answer from DNS server {server} within 300 ms"


BAD = {
    "an empty label": ("shop..test", "127.0.0.1:53", "cannot query"),
    "a long label": ("x" * 64 + ".test", "127.0.0.1:53", "cannot query"),
    "a bad port": ("shop.test", "127.0.0.1:0", "--server: '0' is not a port: use 1 to 65535"),
    "half an address": ("shop.test", "[::1", "--server: '[::1' is not [ADDRESS]:PORT"),
    "no host": ("shop.test", ":53", "--server: ':53' has no host name"),
}


@pytest.mark.parametrize(("name", "where", "why"), BAD.values(), ids=BAD)
def test_impossible_query_is_refused(name: str, where: str, why: str) -> None:
    with pytest.raises(BadUsage) as caught:
        Dns.open().look_up(name, server=where)
    assert why in str(caught.value)
