"""Dns against a real server on the loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.message
import dns.name
import dns.rrset
import pytest

from checks.dns import source
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
    "nomail.test MX": ["nomail.test. MX 0 ."],
    "shop.test SOA": ["shop.test. SOA ns1.shop.test. admin.shop.test. 7 3600 600 86400 300"],
    "shop.test CAA": ['shop.test. CAA 0 issue "letsencrypt.org"'],
    "quoted.test TXT": ['quoted.test. TXT "token=AbC \\"x\\" gr\\195\\188n."'],
    "7.0.0.10.in-addr.arpa PTR": ["7.0.0.10.in-addr.arpa. PTR shop.test."],
    f"{'1.' + '0.' * 31}ip6.arpa PTR": [f"{'1.' + '0.' * 31}ip6.arpa. PTR localhost."],
    "xn--strae-oqa.test A": ["xn--strae-oqa.test. A 10.0.0.7"],
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
    "no mail": ("nomail.test", "MX", ("0 .",)),
    "mail": ("shop.test", "MX", ("10 mail.shop.test",)),
    "text in parts": ("shop.test", "TXT", ("v=spf1 -all",)),
    "name servers": ("shop.test", "NS", ("ns1.shop.test",)),
    "zone": ("shop.test", "SOA", ("ns1.shop.test. admin.shop.test. 7 3600 600 86400 300",)),
    "authorities": ("shop.test", "CAA", ('0 issue "letsencrypt.org"',)),
    "text with quotes and other letters": ("quoted.test", "TXT", ('token=AbC "x" grün.',)),
    "name of an address": ("10.0.0.7", "PTR", ("shop.test",)),
    "name of an address, as a name": ("7.0.0.10.in-addr.arpa", "PTR", ("shop.test",)),
    "name of an IPv6 address": ("::1", "PTR", ("localhost",)),
    "name of an IPv6 address in brackets": ("[::1]", "PTR", ("localhost",)),
    "name by IDNA 2008": ("straße.test", "A", ("10.0.0.7",)),
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


Packets = Callable[[bytes], list[bytes]]


@contextmanager
def udp_server(packets: Packets) -> Iterator[tuple[str, int]]:
    """Run a server that answers each query with all the packets. Yields its address."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            wire, client = sock.recvfrom(4_096)
            if not wire:
                return
            for packet in packets(wire):
                sock.sendto(packet, client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield sock.getsockname()
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", sock.getsockname())
        thread.join(5)
        sock.close()


def reply_to(wire: bytes, address: str = "10.0.0.7", name: str = "shop.test.") -> bytes:
    response = dns.message.make_response(dns.message.from_wire(wire))
    response.question[0].name = dns.name.from_text(name)
    response.answer.append(dns.rrset.from_text(name, 60, "IN", "A", address))
    return response.to_wire()


STRAY: dict[str, Packets] = {
    "another id": lambda wire: [bytes([wire[0] ^ 1]) + reply_to(wire, "1.1.1.1")[1:]],
    "another question": lambda wire: [reply_to(wire, "1.1.1.1", "other.test.")],
    "the query itself": lambda wire: [wire],
    "one byte": lambda _: [b"x"],
    "no DNS": lambda wire: [bytes([wire[0] ^ 1]) + wire[1:2] + b"hello"],
}


@pytest.mark.parametrize("stray", STRAY.values(), ids=STRAY)
def test_stray_packets_are_ignored(stray: Packets) -> None:
    with udp_server(lambda wire: [*stray(wire), reply_to(wire)]) as (host, port):
        assert Dns.open().look_up("shop.test", server=f"{host}:{port}").records == ("10.0.0.7",)


def test_a_damaged_answer_is_down() -> None:
    with udp_server(lambda wire: [reply_to(wire)[:-3]]) as (host, port), pytest.raises(Down) as caught:
        Dns.open().look_up("shop.test", server=f"{host}:{port}")
    assert str(caught.value).startswith(f"DNS server {host}:{port}: its answer is not valid DNS: ")


UNREACHABLE = {
    "no route": (socket.AF_INET6, ("2001:db8::53", 53, 0, 0)),
    "not permitted": (socket.AF_INET, ("255.255.255.255", 53)),
    "closed port": (socket.AF_INET, ("127.0.0.1", 9)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "address"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_an_unreachable_server_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, kind: int, address: tuple[object, ...]
) -> None:
    with udp_server(lambda wire: [reply_to(wire)]) as found:
        servers = [source._Server(kind, address), source._Server(socket.AF_INET, found)]
        monkeypatch.setattr(source, "_servers", lambda *_: servers)
        assert Dns.open().look_up("shop.test").server == f"127.0.0.1:{found[1]}"


def test_servers_that_all_fail_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = [source._Server(socket.AF_INET, ("127.0.0.1", port)) for port in (9, 11)]
    monkeypatch.setattr(source, "_servers", lambda *_: servers)
    with pytest.raises(Down) as caught:
        Dns.open().look_up("shop.test")
    assert str(caught.value).startswith(
        "shop.test: no answer from DNS server 127.0.0.1:9 (connection refused), "
        "127.0.0.1:11 (connection refused) within "
    )


def test_the_address_family_of_the_server_may_be_set(server: str) -> None:
    assert Dns.open().look_up("shop.test", server=server, family="4").server == server
    with pytest.raises(BadUsage) as caught:
        Dns.open().look_up("shop.test", server=server, family="6")
    assert "127.0.0.1 is not an IPv6 address" in str(caught.value)


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
