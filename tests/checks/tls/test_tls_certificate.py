"""Check tls_certificate against a fake, and against a real server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.tls.fake import FakeTls
from checks.tls.source import Presented
from checks.tls.tls_certificate import TlsCertificate
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.net.certificates import Certificate
from checkwright.testing import Golden, run
from tests.support.sample import Sample
from tests.support.servers import Authority, web_server


def ends_in(days: float, name: str = "shop.test", starts_in: float = -100) -> Certificate:
    now = time.time()
    return Certificate(name, ends=now + days * 86_400, starts=now + starts_in * 86_400, issuer="Test CA")


def world() -> FakeTls:
    """Make the fake at the start of a test, since days left count from now and other tests take minutes."""
    authority = ends_in(1_000, "Test CA")
    return FakeTls(
        servers={
            "shop.test:443": Presented((ends_in(60), authority)),
            "shop.test:8443": Presented((ends_in(20), authority)),
            "mail.test:25": Presented((ends_in(3), authority)),
            "old-ca.test:443": Presented((ends_in(60), ends_in(5, "Old CA"))),
            "late.test:443": Presented((ends_in(-3),), "expired", "the certificate of late.test expired on 2026-01-01"),
            "early.test:443": Presented((ends_in(60, starts_in=2),), "not yet valid", "is not valid before 2026-12-01"),
            "other.test:443": Presented(
                (ends_in(60),), "wrong name", "the certificate is for shop.test, not for other.test"
            ),
            "own.test:443": Presented((ends_in(60),), "self-signed", "the certificate of own.test is self-signed"),
            "clients.test:443": Presented((ends_in(60), authority), note="the server requires a client certificate"),
            "empty.test:443": Presented(()),
            "down.test:443": Down("TLS down.test:443: connection refused"),
        },
        pem={
            "/etc/tls/a.pem": (ends_in(60), authority),
            "/etc/tls/b.pem": (ends_in(10),),
            "/etc/tls/c.pem": CannotTell("/etc/tls/c.pem holds no certificate in PEM form"),
            "/etc/old/a.pem": (ends_in(-2),),
            "/etc/new/a.pem": (ends_in(90, starts_in=1),),
        },
    )


CASES = {
    "good for long": ("-H shop.test", "OK"),
    "ends soon": ("-H shop.test -p 8443", "WARNING"),
    "ends very soon, by STARTTLS": ("-H mail.test --starttls smtp", "CRITICAL"),
    "an authority ends": ("-H old-ca.test", "CRITICAL"),
    "an authority ends, which is known": ("-H old-ca.test --chain-days-warning ~: --chain-days-critical ~:", "OK"),
    "expired": ("-H late.test", "CRITICAL"),
    "not yet valid": ("-H early.test", "CRITICAL"),
    "for another name": ("-H other.test", "CRITICAL"),
    "self-signed": ("-H own.test", "CRITICAL"),
    "a client certificate is required": ("-H clients.test", "OK"),
    "no certificate": ("-H empty.test", "UNKNOWN"),
    "no server": ("-H down.test", "CRITICAL"),
    "a file": ("-f /etc/tls/a.pem", "OK"),
    "a folder": ("-f /etc/tls", "CRITICAL"),
    "an expired file": ("-f /etc/old/a.pem", "CRITICAL"),
    "a file for later": ("-f /etc/new/a.pem", "CRITICAL"),
    "a file that is not there": ("-f /etc/tls/a.pem -f /gone.pem", "UNKNOWN"),
    "one file has a limit of its own": ("-f /etc/tls/a.pem --days-warning '*/a.pem=90:'", "WARNING"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_tls_certificate(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(TlsCertificate, command_line, world())
    assert outcome.state == state
    golden(outcome)


BAD = {
    "nothing": ("", "give either --host or --file"),
    "both": ("-H a -f b", "give either --host or --file"),
    "a port beyond": ("-H a -p 65536", "--port: 65536 is not a port: use 1 to 65535"),
    "port 0": ("-H a -p 0", "--port: 0 is not a port: use 1 to 65535"),
    "a name for a file": ("-f a --sni b", "--sni is for a server and cannot be combined with --file"),
    "a protocol for a file": ("-f a --starttls smtp", "--starttls is for a server"),
    "an unknown protocol": (
        "-H a --starttls gopher",
        "'gopher' is not one of smtp, imap, pop3, ftp, ldap, xmpp, sieve, postgres, mysql",
    ),
    "two families": ("-H a -4 -6", "--ipv4 and --ipv6 exclude each other"),
    "a key alone": ("-H a --client-key b", "--client-key needs --client-cert"),
}


@pytest.mark.parametrize(("command_line", "why"), BAD.values(), ids=BAD)
def test_bad_options_are_refused(command_line: str, why: str) -> None:
    outcome = run(TlsCertificate, command_line, FakeTls())
    assert outcome.state == "UNKNOWN"
    assert why in outcome.summary


def test_real_server_and_real_file(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    path = authority.write(tmp_path / "own.pem", "own.test", ends=20)
    with web_server({}, authority.context("shop.test")) as server:
        words = f"-H 127.0.0.1 -p {server.port} --sni shop.test --ca {authority.file}"
        assert run(TlsCertificate, words, World()).state == "OK"
        assert run(TlsCertificate, f"-H 127.0.0.1 -p {server.port} --ca {authority.file}", World()).summary.startswith(
            "Certificate wrong name (the certificate is for shop.test, not for 127.0.0.1)"
        )
    assert run(TlsCertificate, f"-f {path}", World()).state == "WARNING"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    authority = Authority(folder)
    with web_server({}, authority.context("127.0.0.1")) as server:
        yield Sample(f"--host 127.0.0.1 --port {server.port} --ca {authority.file}")
