"""Check http: status, content and phases against a fake, and all options against a real server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.http.http import Http
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.sources.http import Reply
from checkwright.sources.http_timings import Timings
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeHttp
from tests.support.sample import Sample, no_limits
from tests.support.servers import Authority, web_server

FAST = Timings(0.12, resolve=0.002, connect=0.01, tls=0.03, first_byte=0.07)
WORLD = FakeHttp(
    {
        "https://shop.test/": Reply(200, "Welcome to the shop", reason="OK", timings=FAST, headers={"Server": "nginx"}),
        "http://shop.test/": Reply(200, "Welcome", reason="OK", timings=Timings(0.05, connect=0.01, first_byte=0.03)),
        "https://shop.test/slow": Reply(200, "Welcome", reason="OK", timings=Timings(3, first_byte=2.9)),
        "https://shop.test/moved": Reply(301, "", reason="Moved Permanently", timings=FAST),
        "https://shop.test/broken": Reply(
            503, "<h1>Sorry |\n the database\x1b[0m is away</h1>", reason="Service Unavailable", timings=FAST
        ),
        "https://shop.test/down": Down("GET https://shop.test/down: connection refused"),
        "https://shop.test/huge": CannotTell("GET https://shop.test/huge: the answer is larger than 10 bytes"),
    }
)

CASES = {
    "well": ("-u https://shop.test/", "OK"),
    "without TLS and without a name": ("-u http://shop.test/", "OK"),
    "slow": ("-u https://shop.test/slow", "WARNING"),
    "slow by its first byte": ("-u https://shop.test/ --first-byte-critical 0.05", "CRITICAL"),
    "too small": ("-u https://shop.test/ --size-warning 100:", "WARNING"),
    "broken": ("-u https://shop.test/broken", "CRITICAL"),
    "broken as expected": ("-u https://shop.test/broken --expect-status 200-299,503", "OK"),
    "moved": ("-u https://shop.test/moved -f none", "CRITICAL"),
    "moved as expected": ("-u https://shop.test/moved -f none --expect-status 301", "OK"),
    "content is there": ("-u https://shop.test/ -s Welcome -s shop --reject Error -d server:", "OK"),
    "content is missing": ("-u https://shop.test/ -s Welcome -s basket", "CRITICAL"),
    "content that must not be": ("-u https://shop.test/ --reject Welcome", "CRITICAL"),
    "a header is missing": ("-u https://shop.test/ -d X-Cache", "CRITICAL"),
    "everything is wrong": ("-u https://shop.test/broken -s Welcome --reject Sorry -d X-Cache", "CRITICAL"),
    "no answer": ("-u https://shop.test/down", "CRITICAL"),
    "too large": ("-u https://shop.test/huge", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_http(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Http, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


BAD = {
    "no URL": ("", "http needs -u/--url (URL to request)"),
    "no scheme": ("-u shop.test", "--url: 'shop.test' must begin with http:// or https://"),
    "a header without a colon": ("-u http://a -k X", "--header: 'X' is not a header: write NAME: VALUE"),
    "two identities": ("-u http://a --token-env A --auth-env B", "give a token or a login, not both"),
    "two families": ("-u http://a -4 -6", "--ipv4 and --ipv6 exclude each other"),
    "no trust and trust": ("-u http://a --insecure --ca x", "--insecure and --ca exclude each other"),
    "a key alone": ("-u http://a --client-key x", "--client-key needs --client-cert"),
    "no size": ("-u http://a --max-size 0", "--max-size: 0 is not a size"),
    "no status": ("-u http://a --expect-status 2xx", "--expect-status: '2xx' is not a status"),
    "half a status": ("-u http://a --expect-status 20", "--expect-status: '20' is not a status"),
    "a range upside down": ("-u http://a --expect-status 299-200", "--expect-status: '299-200' is not a status"),
    "an open range": ("-u http://a --expect-status 200-", "--expect-status: '200-' is not a status"),
    "an empty text": ("-u http://a -s ''", "every answer contains the empty text"),
    "no address": ("-u http://a --resolve a:b", "--resolve: 'a:b' is not HOST:ADDRESS"),
    "a redirect of no kind": ("-u http://a -f maybe", "--redirect"),
}


@pytest.mark.parametrize(("command_line", "why"), BAD.values(), ids=BAD)
def test_bad_options_are_refused_before_a_request(command_line: str, why: str) -> None:
    fake = FakeHttp({})
    outcome = run(Http, command_line, fake)
    assert outcome.state == "UNKNOWN"
    assert why in outcome.summary or (why == "--redirect" and "'maybe' is not one of" in outcome.summary)
    assert fake.requests == []


def test_body_selects_the_method() -> None:
    fake = FakeHttp({"http://a/": Reply()})
    for words in ("", "-P x", "-P x -j PUT"):
        run(Http, f"-u http://a/ {words}", fake)
    assert [method for method, _ in fake.requests] == ["GET", "POST", "PUT"]


def test_every_option_reaches_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    own = authority.write(tmp_path / "own.pem", "monitor.test")
    body, header = tmp_path / "body", tmp_path / "header"
    body.write_text("an order")
    header.write_text("X-Key: s3cret-key\n")
    monkeypatch.setenv("CHECKOUT_TOKEN", "s3cret-token")
    echo = (200, {"X-Key": "s3cret-key"}, b"your token is s3cret-token")
    with web_server({"/in": echo}, authority.context("shop.test", client_ca=True)) as server:
        outcome = run(
            Http,
            f"-u https://shop.test:{server.port}/in --resolve shop.test:127.0.0.1 --ca {authority.file}"
            f" --client-cert {own} -4 -j PUT -P @{body} -k 'X-Open: yes' --header-file {header}"
            " --token-env CHECKOUT_TOKEN -A probe/1 -s nothing -t 20",
            World(),
        )
    (method, path, headers, sent) = server.seen[0]
    assert (method, path, sent) == ("PUT", "/in", b"an order")
    assert headers["user-agent"] == "probe/1"
    assert headers["x-open"] == "yes"
    assert headers["x-key"] == "s3cret-key"
    assert headers["authorization"] == "Bearer s3cret-token"
    assert outcome.state == "CRITICAL"
    assert "your token is ***" in outcome.summary
    assert "s3cret" not in outcome.text(3)
    assert {reading.gauge for reading in outcome.readings} == {"time", "size", "connect", "tls", "first_byte"}


def test_missing_body_file_is_unknown(tmp_path: Path) -> None:
    outcome = run(Http, f"-u http://a/ -P @{tmp_path}/gone", FakeHttp({}))
    assert outcome.state == "UNKNOWN"
    assert outcome.summary == f"cannot read the body to send from {tmp_path}/gone: No such file or directory"


@pytest.mark.parametrize("words", ["0.5", "0.5:UNKNOWN"])
def test_server_that_does_not_answer_in_time_is_critical(words: str) -> None:
    import time

    with web_server({"/": lambda _handler: time.sleep(2)}) as server:
        outcome = run(Http, f"-u http://127.0.0.1:{server.port}/ -t {words}", World())
    assert outcome.state == "CRITICAL"
    assert outcome.summary == f"GET http://127.0.0.1:{server.port}/: no answer within 300 ms"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with web_server({"/": (200, {}, b"<button>Add to basket</button>")}) as server:
        yield Sample(f"--url http://127.0.0.1:{server.port}/ --expect 'Add to basket' {no_limits('time')}")
