"""Check dns_zone against a fake, and against real servers with copies of a zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.dns.dns_zone import DnsZone, _newest
from checks.dns.fake import FakeDns
from checks.dns.source import Answer
from checkwright.core.errors import CheckError, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.dns_server import Zone, dns_server
from tests.support.sample import Sample, no_limits

NAMES = ("ns1.shop.test", "ns2.shop.test", "ns3.shop.test")


def soa(serial: int, seconds: float = 0.01) -> Answer:
    return Answer((f"ns1.shop.test. admin.shop.test. {serial} 3600 600 86400 300",), seconds)


def zone(name: str, *answers: Answer | CheckError) -> dict[str, Answer | CheckError]:
    found: dict[str, Answer | CheckError] = {f"{name} NS": Answer(NAMES[: len(answers)], 0.01)}
    return {**found, **{f"{name} SOA @{server}": one for server, one in zip(NAMES, answers, strict=False)}}


DNS = FakeDns(
    {
        **zone("shop.test", soa(2026112901), soa(2026112901), soa(2026112901)),
        **zone("old.test", soa(7), soa(5), soa(7)),
        **zone("wrapped.test", soa(4_294_967_290), soa(3)),
        **zone("slow.test", soa(7), soa(7, 0.9)),
        **zone("lame.test", soa(7), Answer((), 0.01)),
        **zone("silent.test", soa(7), Down("DNS server 192.0.2.1:53: no answer within 2 s")),
        **zone("odd.test", Answer(("shop.test.",), 0.01)),
        "none.test NS": Answer((), 0.01),
        "gone.test NS": Down("gone.test does not exist (NXDOMAIN), according to 127.0.0.1:53"),
        "hidden.test SOA @10.0.0.1:5353": soa(8),
        "hidden.test SOA @ns1.shop.test": soa(7),
    }
)
CASES = {
    "all have the newest": ("-z shop.test", "OK"),
    "one is behind": ("-z old.test", "WARNING"),
    "serials wrap around": ("-z wrapped.test", "WARNING"),
    "a hidden primary": ("-z hidden.test -H 10.0.0.1:5353 -H ns1.shop.test", "WARNING"),
    "one polls slowly": ("-z old.test --late-warning 7200", "OK"),
    "slow": ("-z slow.test", "WARNING"),
    "no such zone there": ("-z lame.test", "CRITICAL"),
    "one is silent": ("-z silent.test", "CRITICAL"),
    "another record": ("-z odd.test", "CRITICAL"),
    "no name server": ("-z none.test", "CRITICAL"),
    "no such zone": ("-z gone.test", "CRITICAL"),
    "no name": ("-z .", "UNKNOWN"),
    "an empty server": ("-z shop.test -H ''", "UNKNOWN"),
    "both families": ("-z shop.test -4 -6", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_dns_zone(command_line: str, state: str, golden: Golden) -> None:
    before = FakeStateFile(dict.fromkeys(NAMES, 900.0), seconds=60)
    outcome = run(DnsZone, command_line, DNS, before)
    assert outcome.state == state
    golden(outcome)


def test_newest_serial() -> None:
    assert _newest([]) is None
    assert _newest([5, 7, 6]) == 7
    assert _newest([3, 4_294_967_290]) == 3
    assert _newest([4_294_967_290, 3]) == 3


def test_real_servers() -> None:
    first: Zone = {"shop.test SOA": ["shop.test. SOA ns1.shop.test. admin.shop.test. 7 3600 600 86400 300"]}
    second: Zone = dict(first)
    memory = FakeStateFile(seconds=600)
    with dns_server(first) as one, dns_server(second) as two:
        words = f"-z shop.test -H {one} -H {two} {no_limits('time')}"
        assert run(DnsZone, words, World(), memory).state == "OK"
        first["shop.test SOA"] = ["shop.test. SOA ns1.shop.test. admin.shop.test. 8 3600 600 86400 300"]
        states = [run(DnsZone, words, World(), memory).state for _ in range(14)]
        assert states == ["OK"] * 2 + ["WARNING"] * 11 + ["CRITICAL"]
        second["shop.test SOA"] = first["shop.test SOA"]
        assert run(DnsZone, words, World(), memory).state == "OK"
        second["shop.test SOA"] = "REFUSED"
        outcome = run(DnsZone, words, World(), memory)
        assert (outcome.state, "REFUSED" in outcome.summary) == ("CRITICAL", True)
        second["shop.test SOA"] = None
        outcome = run(DnsZone, f"-z shop.test -H {two} -H {one} {no_limits('time')} -t 2", World(), memory)
        assert (outcome.state, f"{two}" in outcome.summary) == ("CRITICAL", True)
        assert f"OK: Serial {one} newest (8)" in outcome.text(1)


@contextmanager
def sample(_folder: Path) -> Iterator[Sample]:
    with dns_server({"shop.test SOA": ["shop.test. SOA a. b. 7 3600 600 86400 300"]}) as server:
        yield Sample(f"--zone shop.test --server {server} {no_limits('time')}")
