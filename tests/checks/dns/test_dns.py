"""Check dns against a fake, and against a real server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.dns.dns import Dns
from checks.dns.fake import FakeDns
from checks.dns.source import Answer
from checkwright.core.errors import Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.dns_server import dns_server
from tests.support.sample import Sample, no_limits

WORLD = FakeDns(
    {
        "shop.test A": Answer(("10.0.0.7", "10.0.0.9"), 0.012),
        "shop.test AAAA": Answer((), 0.01),
        "shop.test MX": Answer(("10 Mail.shop.test",), 0.01),
        "six.test AAAA": Answer(("2001:db8::1:0:0:1",), 0.01),
        "shop.test TXT": Answer(('token=AbC "x" grüße.',), 0.01),
        "quoted.test TXT": Answer(("v=spf1 -all",), 0.01),
        "10.0.0.7 PTR": Answer(("shop.test",), 0.01),
        "shop.test SOA": Answer(("ns1.shop.test. admin.shop.test. 7 3600 600 86400 300",), 0.01),
        "shop.test CAA": Answer(('0 issue "letsencrypt.org"',), 0.01),
        "nomail.test MX": Answer(("0 .",), 0.01),
        "slow.test A": Answer(("10.0.0.7",), 1.5),
        "gone.test A": Down("gone.test does not exist (NXDOMAIN), according to 127.0.0.1:53"),
    }
)

CASES = {
    "well": ("-H shop.test", "OK"),
    "as expected": ("-H shop.test -a 10.0.0.9", "OK"),
    "expected in other letters": ("-H shop.test --type MX -a '10 mail.SHOP.test.'", "OK"),
    "address in another spelling": ("-H six.test --type AAAA -a 2001:DB8:0:0:1::1", "OK"),
    "another address": ("-H six.test --type AAAA -a 2001:db8::2", "CRITICAL"),
    "text to the letter": ("-H shop.test --type TXT -a 'token=AbC \"x\" grüße.'", "OK"),
    "text in quotes": ('-H quoted.test --type TXT -a \'"v=spf1 " "-all"\'', "OK"),
    "text in another case": ("-H shop.test --type TXT -a 'token=abc \"x\" grüße.'", "CRITICAL"),
    "text without its dot": ("-H shop.test --type TXT -a 'token=AbC \"x\" grüße'", "CRITICAL"),
    "name of an address": ("-H 10.0.0.7 --type PTR -a SHOP.test.", "OK"),
    "zone": ("-H shop.test --type SOA -a 'ns1.shop.test. admin.shop.test. 7 3600 600 86400 300'", "OK"),
    "zone with another serial": (
        "-H shop.test --type SOA -a 'ns1.shop.test. admin.shop.test. 8 3600 600 86400 300'",
        "CRITICAL",
    ),
    "no mail": ("-H nomail.test --type MX -a '0 .'", "OK"),
    "authority": ("-H shop.test --type CAA -a '0 issue letsencrypt.org'", "OK"),
    "another answer": ("-H shop.test -a 10.0.0.7 -a 10.0.0.8", "CRITICAL"),
    "no record of that type": ("-H shop.test --type AAAA", "CRITICAL"),
    "too many": ("-H shop.test --answers-warning 1", "WARNING"),
    "slow": ("-H slow.test", "WARNING"),
    "no such name": ("-H gone.test", "CRITICAL"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_dns(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Dns, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


BAD = {
    "nothing": ("", "dns needs -H/--host"),
    "no name": ("-H ''", "--host: give a name"),
    "no type": ("-H a --type ANY", "'ANY' is not one of A, AAAA, CNAME, MX, TXT, NS, SRV, PTR, SOA, CAA"),
    "an empty record": ("-H a -a ''", "--expect: give a record"),
    "no address": ("-H a -a 10.0.0.x", "--expect: '10.0.0.x' is not a record of the type A"),
    "half a record": ("-H a --type MX -a mail.test", "--expect: 'mail.test' is not a record of the type MX"),
    "both families": ("-H a -4 -6", "--ipv4 and --ipv6 exclude each other"),
}


@pytest.mark.parametrize(("command_line", "why"), BAD.values(), ids=BAD)
def test_bad_options_are_refused(command_line: str, why: str) -> None:
    outcome = run(Dns, command_line, FakeDns({}))
    assert outcome.state == "UNKNOWN"
    assert why in outcome.summary


def test_real_server() -> None:
    with dns_server({"shop.test A": ["shop.test. A 10.0.0.7"], "gone.test A": "NXDOMAIN"}) as server:
        assert run(Dns, f"-H shop.test --server {server} -a 10.0.0.7 -w 60 -c 60", World()).state == "OK"
        outcome = run(Dns, f"-H gone.test --server {server}", World())
    assert (outcome.state, outcome.summary) == (
        "CRITICAL",
        f"gone.test does not exist (NXDOMAIN), according to {server}",
    )


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with dns_server({"shop.test A": ["shop.test. A 127.0.0.1"]}) as server:
        yield Sample(f"--host shop.test --server {server} {no_limits('time')}")
