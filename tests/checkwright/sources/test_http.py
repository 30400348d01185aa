"""Http against real servers: what it sends, what it keeps to itself, and how it sent what went wrong."""

import base64
import gzip
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from checkwright.core.current import Current, current, enter, leave
from checkwright.core.errors import BadUsage, CannotTell, CheckError, Down
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.http import MAX_REDIRECTS, Http
from tests.support.installed import ROOT
from tests.support.ports import closed_port
from tests.support.servers import Authority, Page, raw_server, web_server

HELLO: Page = (200, {"Content-Type": "text/plain"}, b"hello")


@pytest.fixture
def http() -> Http:
    return Http.open()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def within() -> Iterator[Callable[[float], None]]:
    """Give what follows a run with so many seconds."""
    tokens = []
    yield lambda seconds: tokens.append(enter(Current("test", "test", time.monotonic() + seconds)))
    for token in reversed(tokens):
        leave(token)


def goes_to(location: str, status: int = 302) -> Page:
    return (status, {"Location": location}, b"moved")


def sentence(call: Callable[[], object], kind: type[CheckError] = Down) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_answer_is_complete(http: Http) -> None:
    with web_server(
        {"/": (200, {"X-Shop": "yes", "Content-Type": "text/plain; charset=latin-1"}, b"caf\xe9")}
    ) as server:
        reply = http.get(f"http://127.0.0.1:{server.port}/")
    assert (reply.status, reply.reason, reply.text, reply.size) == (200, "OK", "café", 4)
    assert reply.headers["x-shop"] == "yes"
    assert reply.url == f"http://127.0.0.1:{server.port}/"


def test_phases_are_parts_of_the_total(http: Http, authority: Authority) -> None:
    with web_server({"/": HELLO}, authority.context("localhost")) as server:
        reply = http.get(f"https://localhost:{server.port}/", tls=TlsOptions(ca=authority.file))
    phases = reply.timings
    parts = [phases.resolve, phases.connect, phases.tls, phases.first_byte]
    assert all(part is not None and part > 0 for part in parts)
    assert sum(part or 0 for part in parts) <= reply.seconds


def test_literal_address_needs_no_lookup_and_plain_http_no_tls(http: Http) -> None:
    with web_server({"/": HELLO}) as server:
        reply = http.get(f"http://127.0.0.1:{server.port}/")
    assert reply.timings.resolve is None
    assert reply.timings.tls is None


@pytest.mark.slow
def test_nothing_is_loaded_while_the_clock_runs(authority: Authority) -> None:
    program = """
import sys
from checkwright.sources import http as module
from checkwright.net.tls_context import TlsOptions
source = module.Http.open()
loaded = {}
class Clock:
    @staticmethod
    def perf_counter():
        loaded[len(loaded)] = set(sys.modules)
        return float(len(loaded))
module.time = Clock
assert source.get(sys.argv[1], tls=TlsOptions(ca=sys.argv[2])).text == "hello"
print(sorted(loaded[len(loaded) - 1] - loaded[0]))
"""
    with web_server({"/": HELLO}, authority.context("localhost")) as server:
        words = [sys.executable, "-c", program, f"https://localhost:{server.port}/", authority.file]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, cwd=ROOT)
    assert done.stderr == ""
    assert done.stdout == "[]\n"


def test_error_status_is_down_with_an_excerpt(http: Http) -> None:
    with web_server({"/": (503, {}, b"<h1>Sorry |\n\x1b[31m the database is away</h1>" + b"x" * 9_000)}) as server:
        message = sentence(lambda: http.get(f"http://127.0.0.1:{server.port}/"))
    begins = (
        f"GET http://127.0.0.1:{server.port}/: status 503 Service Unavailable: <h1>Sorry \u00a6 \\x1b[31m the database"
    )
    assert message.startswith(begins)
    assert len(message) < 400


def test_request_takes_any_status(http: Http) -> None:
    with web_server({"/": (404, {}, b"")}) as server:
        assert http.request("GET", f"http://127.0.0.1:{server.port}/").status == 404


def test_cookies_last_for_the_redirects_of_one_request(http: Http) -> None:
    pages: dict[str, Page] = {"/": (302, {"Set-Cookie": "id=1", "Location": "/next"}, b""), "/next": HELLO}
    with web_server(pages) as server:
        for _ in range(2):
            http.get(f"http://127.0.0.1:{server.port}/")
    assert [headers.get("cookie") for _, _, headers, _ in server.seen] == [None, "id=1"] * 2


def test_cookies_join_those_of_the_request(http: Http) -> None:
    pages: dict[str, Page] = {
        "/": (302, {"Set-Cookie": "id=1; Path=/", "Location": "/a"}, b""),
        "/a": (302, {"Set-Cookie": "id=2; Path=/", "Location": "/b"}, b""),
        "/b": (302, {"Set-Cookie": "id=; Path=/; Max-Age=0", "Location": "/c"}, b""),
        "/c": HELLO,
    }
    with web_server(pages) as server:
        http.get(f"http://127.0.0.1:{server.port}/", headers=["Cookie: lang=de"])
    assert [headers.get("cookie") for _, _, headers, _ in server.seen] == [
        "lang=de",
        "lang=de; id=1",
        "lang=de; id=2",
        "lang=de",
    ]


@pytest.mark.parametrize("cookie", ["a=b; Expires=Wed, 21 Ocd 2099 07:28:00 GMT", "a=b; Version; Max-Age=x", "=", ";"])
def test_damaged_cookie_is_ignored_without_a_warning(http: Http, cookie: str, recwarn: pytest.WarningsRecorder) -> None:
    pages: dict[str, Page] = {"/": (302, {"Set-Cookie": cookie, "Location": "/next"}, b""), "/next": HELLO}
    with web_server(pages) as server:
        assert http.get(f"http://127.0.0.1:{server.port}/").text == "hello"
    assert list(recwarn) == []


def test_cookies_do_not_leave_their_host(http: Http) -> None:
    with web_server({"/": HELLO}) as other:
        pages: dict[str, Page] = {
            "/": (302, {"Set-Cookie": "id=1", "Location": f"http://localhost:{other.port}/"}, b"")
        }
        with web_server(pages) as server:
            http.get(f"http://127.0.0.1:{server.port}/", headers=["Cookie: lang=de"])
    assert "cookie" not in other.seen[0][2]


def test_a_page_that_sets_a_cookie_and_leads_to_itself_is_followed(http: Http) -> None:
    def welcome(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Cookie") == "visitor=1":
            handler.send_response(200)
        else:
            handler.send_response(302)
            handler.send_header("Set-Cookie", "visitor=1; Path=/")
            handler.send_header("Location", "/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with web_server({"/": welcome}) as server:
        assert http.get(f"http://127.0.0.1:{server.port}/").status == 200


def test_environment_is_ignored(http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with web_server({"/": HELLO}) as server:
        http.get(f"http://127.0.0.1:{server.port}/")
    assert "authorization" not in server.seen[0][2]


def test_proxy_is_used_on_request(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    with web_server({"http://shop.test/": (200, {}, b"by proxy")}) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert http.request("GET", "http://shop.test/", proxy_from_env=True).text == "by proxy"


def test_missing_proxy_is_unknown(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    port = closed_port()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    message = sentence(lambda: http.request("GET", "http://shop.test/", proxy_from_env=True), CannotTell)
    assert message == f"GET http://shop.test/ by the proxy 127.0.0.1:{port}: connection refused"


def test_secrets_are_sent_to_the_origin(http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    monkeypatch.setenv("LOGIN", "anna:pa:ss")
    key = tmp_path / "key"
    key.write_text("X-Api-Key: k3y\n")
    with web_server({"/": goes_to("/next"), "/next": HELLO}) as server:
        url = f"http://127.0.0.1:{server.port}/"
        http.request("GET", url, token=Secret(env="TOKEN"), secret_headers=[Secret(file=str(key))])
        http.request("GET", url, login=Secret(env="LOGIN"))
    sent = [headers for _, _, headers, _ in server.seen]
    assert [headers["authorization"] for headers in sent[:2]] == ["Bearer t0ken"] * 2
    assert [headers["x-api-key"] for headers in sent[:2]] == ["k3y"] * 2
    assert sent[2]["authorization"] == "Basic " + base64.b64encode(b"anna:pa:ss").decode()


def test_secrets_do_not_leave_the_origin(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    monkeypatch.setenv("KEY", "X-Api-Key: k3y")
    with web_server({"/": HELLO}) as other, web_server({"/": goes_to(f"http://127.0.0.1:{other.port}/")}) as server:
        http.request(
            "GET",
            f"http://127.0.0.1:{server.port}/",
            token=Secret(env="TOKEN"),
            secret_headers=[Secret(env="KEY")],
            headers=["Cookie: a=b", "X-Open: yes"],
        )
    (_, _, arrived, _) = other.seen[0]
    assert not {"authorization", "x-api-key", "cookie"} & arrived.keys()
    assert arrived["x-open"] == "yes"
    assert {"authorization", "x-api-key", "cookie"} <= server.seen[0][2].keys()


def test_secrets_are_masked_in_the_output(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGIN", "anna:hunter22")
    with web_server({"/": HELLO}) as server:
        token = enter(Current("test", "test", time.monotonic() + 10))
        try:
            http.request("GET", f"http://127.0.0.1:{server.port}/", login=Secret(env="LOGIN"))
            assert {"anna:hunter22", "hunter22", base64.b64encode(b"anna:hunter22").decode()} <= current().secrets
        finally:
            leave(token)


def test_value_of_a_secret_header_is_masked(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "X-Api-Key: Token kEy12345")
    with web_server({"/": (500, {}, b"you sent {'X-Api-Key': 'Token kEy12345'} and kEy12345")}) as server:
        token = enter(Current("test", "test", time.monotonic() + 10))
        try:
            reply = http.request("GET", f"http://127.0.0.1:{server.port}/", secret_headers=[Secret(env="KEY")])
            assert reply.excerpt() == "you sent {'X-Api-Key': '***'} and ***"
        finally:
            leave(token)


METHODS = {
    "see other": (303, "GET", b""),
    "found": (302, "GET", b""),
    "temporary": (307, "POST", b"order"),
    "permanent": (308, "POST", b"order"),
}


@pytest.mark.parametrize(("status", "method", "body"), METHODS.values(), ids=METHODS)
def test_redirect_of_a_post(http: Http, status: int, method: str, body: bytes) -> None:
    with web_server({"/": goes_to("/next", status), "/next": HELLO}) as server:
        http.request("POST", f"http://127.0.0.1:{server.port}/", body=b"order")
    assert [(seen[0], seen[3]) for seen in server.seen] == [("POST", b"order"), (method, body)]


@pytest.mark.parametrize("status", [307, 308])
def test_the_body_of_a_request_does_not_leave_its_origin(http: Http, status: int) -> None:
    """It may hold a secret, as the headers may, and a check sends it to the server that it was given."""
    with web_server({"/": HELLO}) as other:
        there = f"http://127.0.0.1:{other.port}/"
        with web_server({"/": goes_to(there, status)}) as server:
            here = f"http://127.0.0.1:{server.port}/"
            message = sentence(lambda: http.request("POST", here, body=b"order"))
            http.request("GET", here)
    assert message == f"POST {here}: redirected to {there!r}, another origin, to which the body is not sent"
    assert [(seen[0], seen[3]) for seen in other.seen] == [("GET", b"")]


def test_redirects_within_one_request_share_a_connection(http: Http) -> None:
    with web_server({"/": goes_to("/next"), "/next": HELLO}) as server:
        http.get(f"http://127.0.0.1:{server.port}/")
        assert server.connections == 1
        http.get(f"http://127.0.0.1:{server.port}/next")
    assert server.connections == 2


def test_redirect_may_be_the_answer(http: Http) -> None:
    with web_server({"/": goes_to("/next")}) as server:
        reply = http.request("GET", f"http://127.0.0.1:{server.port}/", redirect="none")
    assert (reply.status, reply.headers["location"]) == (302, "/next")


def test_sticky_stays_at_the_address(http: Http) -> None:
    with web_server({"/": HELLO}) as other, web_server({"/": goes_to(f"http://shop.test:{other.port}/")}) as server:
        reply = http.request("GET", f"http://127.0.0.1:{server.port}/", redirect="sticky")
    assert reply.text == "hello"
    assert other.seen[0][2]["host"] == f"shop.test:{other.port}"


REDIRECTED = {
    "in a circle": ("/", f"more than {MAX_REDIRECTS} redirects"),
    "to a file": ("file:///etc/passwd", "redirected to 'file:///etc/passwd', which is not HTTP"),
    "to nonsense": ("http://[", "which is not a URL"),
    "to an address with a dot in its zone": ("http://[::1%2elo]/", "which is not a URL that can be requested"),
    "to a port too large": ("http://127.0.0.1:99999/", "which is not a URL"),
    "to a port that is no number": ("http://127.0.0.1:abc/", "which is not a URL"),
    "to two ports": ("http://127.0.0.1:80:80/", "which is not a URL"),
    "to a negative port": ("http://127.0.0.1:-1/", "which is not a URL"),
    "to port 0": ("http://127.0.0.1:0/", "which is not a URL that can be requested"),
    "to a login elsewhere": ("ftp://anna:pw4711@127.0.0.1/", "redirected to 'ftp://***@127.0.0.1/', which is not HTTP"),
    "with a password": ("http://anna:pw@127.0.0.1/", "which is not a URL that can be requested"),
}


@pytest.mark.parametrize(("location", "why"), REDIRECTED.values(), ids=REDIRECTED)
def test_redirect_to_nowhere_is_down(http: Http, location: str, why: str) -> None:
    with web_server({"/": goes_to(location)}) as server:
        assert why in sentence(lambda: http.get(f"http://127.0.0.1:{server.port}/"))


def test_resolve_option_sets_the_address(http: Http) -> None:
    with web_server({"/": HELLO}) as server:
        reply = http.request("GET", f"http://Shop.test:{server.port}/", resolve={"shop.test": "127.0.0.1"})
    assert reply.text == "hello"
    assert server.seen[0][2]["host"].lower() == f"shop.test:{server.port}"


def test_address_families(http: Http) -> None:
    with web_server({"/": HELLO}) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert http.request("GET", url, family="4").text == "hello"
        assert "127.0.0.1 is not an IPv6 address" in sentence(lambda: http.request("GET", url, family="6"), BadUsage)


def test_refused_connection_is_down(http: Http) -> None:
    url = f"http://127.0.0.1:{closed_port()}/"
    assert sentence(lambda: http.get(url)) == f"GET {url}: connection refused"


LOOKED_UP = {
    "no such name": (socket.EAI_NONAME, Down, "no such host shop.test"),
    "no resolver": (socket.EAI_AGAIN, CannotTell, "cannot look up shop.test: "),
}


@pytest.mark.parametrize(("code", "kind", "why"), LOOKED_UP.values(), ids=LOOKED_UP)
def test_failed_lookup_is_reported(
    http: Http, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[CheckError], why: str
) -> None:
    def getaddrinfo(*_args: object) -> None:
        raise socket.gaierror(code, os.strerror(0))

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert why in sentence(lambda: http.get("http://shop.test/"), kind)


def test_hanging_resolver_is_unknown(
    http: Http, within: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def getaddrinfo(*args: object) -> None:
        if args[-1] == socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "")
        time.sleep(2)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    within(0.4)
    message = sentence(lambda: http.get("http://shop.test/"), CannotTell)
    assert message == "GET http://shop.test/: the lookup of shop.test did not finish within 200 ms"


def reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def send_parts(*parts: bytes, pause: float = 0) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return talk


OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = {
    "reset": (reset, "the connection was reset"),
    "hangs up": (send_parts(), "the server closed the connection without an answer"),
    "another protocol": (send_parts(b"220 mail.test ESMTP\r\n"), "does not speak HTTP, it sent '220 mail.test ESMTP'"),
    "binary": (send_parts(b"\x15\x03\x01\x00\x02\x02\x50\r\n"), "does not speak HTTP"),
    "too long a head": (
        send_parts(OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n"),
        "the head of the answer is not valid HTTP",
    ),
    "too many headers": (send_parts(OK + b"X: y\r\n" * 200 + b"\r\n"), "the head of the answer is not valid HTTP"),
    "breaks off": (send_parts(OK + b"Content-Length: 100\r\n\r\nhello"), "the answer broke off before its end"),
    "breaks off in a chunk": (
        send_parts(OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\nhello"),
        "broke off before its end",
    ),
    "bad chunks": (send_parts(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello"), "the answer "),
    "bad gzip": (
        send_parts(OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
        "the answer is not valid gzip",
    ),
    "a negative chunk": (
        send_parts(OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello"),
        "'-5' is not the size of a chunk",
    ),
    "a chunk with a plus": (send_parts(OK + b"Transfer-Encoding: chunked\r\n\r\n+5\r\nhello"), "'+5' is not the size"),
    "a chunk of 0x5": (send_parts(OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello"), "'0x5' is not the size"),
    "ends before a chunk": (
        send_parts(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        "broke off before its end",
    ),
    "endless interim answers": (send_parts(b"HTTP/1.1 102 Processing\r\n\r\n" * 200), "more than 100 interim answers"),
    "only interim answers": (send_parts(b"HTTP/1.1 102 Processing\r\n\r\n"), "closed the connection without an answer"),
}


@pytest.mark.parametrize(("talk", "why"), BROKEN.values(), ids=BROKEN)
def test_invalid_answer_is_down(http: Http, talk: Callable[[socket.socket], None], why: str) -> None:
    with raw_server(talk) as port:
        message = sentence(lambda: http.get(f"http://127.0.0.1:{port}/"))
    assert why in message
    assert message.startswith(f"GET http://127.0.0.1:{port}/: ")


SLOW = {
    "silent": (send_parts(b"", pause=5), "no answer within 300 ms"),
    "a slow head": (send_parts(*[bytes([byte]) for byte in OK * 100], pause=0.05), "no answer within 300 ms"),
    "a slow body": (
        send_parts(OK + b"Content-Length: 100\r\n\r\n", *[b"x"] * 100, pause=0.05),
        "the answer was not complete within 300 ms",
    ),
    "slow chunks": (
        send_parts(OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 100, pause=0.05),
        "the answer was not complete within 300 ms",
    ),
}


@pytest.mark.parametrize(("talk", "why"), SLOW.values(), ids=SLOW)
def test_slow_server_is_down_at_the_deadline(
    http: Http, within: Callable[[float], None], talk: Callable[[socket.socket], None], why: str
) -> None:
    with raw_server(talk) as port:
        within(0.5)
        began = time.monotonic()
        assert why in sentence(lambda: http.get(f"http://127.0.0.1:{port}/"))
        assert time.monotonic() - began < 3


def test_slow_tls_server_is_down_at_the_deadline(
    http: Http, within: Callable[[float], None], authority: Authority
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    with web_server({"/": drip}, authority.context("localhost")) as server:
        within(0.7)
        began = time.monotonic()
        url = f"https://localhost:{server.port}/"
        message = sentence(lambda: http.get(url, tls=TlsOptions(ca=authority.file)))
    assert "the answer was not complete within 500 ms" in message
    assert time.monotonic() - began < 3


def test_full_accept_queue_is_down(http: Http, within: Callable[[float], None]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        within(0.5)
        message = sentence(lambda: http.get(f"http://127.0.0.1:{listener.getsockname()[1]}/"))
        for one in waiting:
            one.close()
    assert "no answer to the connection attempt within 300 ms (filtered, or host down)" in message


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints", "199 Later"])
def test_interim_answers_are_read_past(http: Http, status: str) -> None:
    interim = f"HTTP/1.1 {status}\r\nLink: </a.css>; rel=preload\r\n\r\n".encode()
    with raw_server(send_parts(interim * 2 + OK + b"Content-Length: 7\r\n\r\nwelcome")) as port:
        reply = http.get(f"http://127.0.0.1:{port}/")
    assert (reply.status, reply.text) == (200, "welcome")
    assert "link" not in reply.headers


def test_a_switch_of_protocols_is_an_answer(http: Http) -> None:
    with raw_server(send_parts(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")) as port:
        assert http.request("GET", f"http://127.0.0.1:{port}/").status == 101


def test_chunks_with_extensions_and_blanks_are_read(http: Http) -> None:
    chunks = b"5 ; name=value\r\nhello\r\n0A\r\n world 1234\r\n0\r\n\r\n"
    with raw_server(
        send_parts(
            OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks.replace(b"0A\r\n world 1234", b"0B\r\n world 1234")
        )
    ) as port:
        assert http.get(f"http://127.0.0.1:{port}/").text == "hello world 1234"


@pytest.mark.parametrize("path", ["/café", "/strona-główna-ą", "/日本"])
def test_a_location_may_hold_utf_8(http: Http, path: str) -> None:
    from urllib.parse import quote

    def away(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + path.encode() + b"\r\n\r\n")

    with web_server({"/": away, quote(path): HELLO}) as server:
        assert http.get(f"http://127.0.0.1:{server.port}/").text == "hello"


TEXT = b"hello world " * 20_000
ENCODED = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": ("X-Gzip", gzip.compress(TEXT)),
    "several members": ("gzip", gzip.compress(TEXT[:1_000]) + gzip.compress(TEXT[1_000:])),
    "padding behind the end": ("gzip", gzip.compress(TEXT) + bytes(512)),
    "zlib": ("deflate", zlib.compress(TEXT)),
    "bare deflate": ("deflate", zlib.compress(TEXT)[2:-4]),
    "two codings": ("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
    "identity": ("identity", TEXT),
}


@pytest.mark.parametrize(("encoding", "body"), ENCODED.values(), ids=ENCODED)
def test_compressed_answers_are_decompressed(http: Http, encoding: str, body: bytes) -> None:
    with web_server({"/": (200, {"Content-Encoding": encoding}, body)}) as server:
        assert http.get(f"http://127.0.0.1:{server.port}/").body == TEXT


def test_an_empty_compressed_answer_is_empty(http: Http) -> None:
    with web_server({"/": (200, {"Content-Encoding": "gzip"}, b"")}) as server:
        assert http.get(f"http://127.0.0.1:{server.port}/").size == 0


def test_the_largest_size_counts_decompressed_bytes(http: Http) -> None:
    with web_server({"/": (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(50_000_000)))}) as server:
        assert "larger than 10000000 bytes" in sentence(
            lambda: http.get(f"http://127.0.0.1:{server.port}/"), CannotTell
        )


BROKEN_ENCODINGS = {
    "gzip cut short": ("gzip", gzip.compress(TEXT)[:40], "broke off before the end of its gzip data"),
    "gzip without its checksum": ("gzip", gzip.compress(TEXT)[:-8], "broke off before the end of its gzip data"),
    "gzip cut in its header": ("gzip", gzip.compress(TEXT)[:1], "broke off before the end of its gzip data"),
    "second member cut": (
        "gzip",
        gzip.compress(TEXT) + gzip.compress(TEXT)[:40],
        "broke off before the end of its gzip",
    ),
    "wrong checksum": ("gzip", gzip.compress(TEXT)[:-8] + b"12345678", "is not valid gzip"),
    "text as gzip": ("gzip", b"hello", "is not valid gzip"),
    "zlib cut short": ("deflate", zlib.compress(TEXT)[:40], "broke off before the end of its deflate data"),
    "zlib without its checksum": ("deflate", zlib.compress(TEXT)[:-4], "broke off before the end of its deflate data"),
    "two letters as deflate": ("deflate", b"xx", "broke off before the end of its deflate data"),
    "text as deflate": ("deflate", b"no compressed text", "is not valid deflate data"),
    "two codings, the inner cut": ("deflate, gzip", gzip.compress(zlib.compress(TEXT)[:40]), "its deflate data"),
}


@pytest.mark.parametrize(("encoding", "body", "why"), BROKEN_ENCODINGS.values(), ids=BROKEN_ENCODINGS)
def test_broken_compression_is_down(http: Http, encoding: str, body: bytes, why: str) -> None:
    with web_server({"/": (200, {"Content-Encoding": encoding}, body)}) as server:
        assert why in sentence(lambda: http.get(f"http://127.0.0.1:{server.port}/"))


def test_answer_beyond_the_largest_size_is_unknown(http: Http) -> None:
    with web_server({"/": (200, {}, b"x" * 5_000)}) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert http.request("GET", url, max_size=5_000).size == 5_000
        message = sentence(lambda: http.request("GET", url, max_size=4_999), CannotTell)
    assert message == f"GET {url}: the answer is larger than 4999 bytes (--max-size)"


BAD_REQUESTS: dict[str, tuple[str, str, list[str]]] = {
    "no scheme": ("GET", "shop.test/health", []),
    "another scheme": ("GET", "ftp://shop.test/", []),
    "no host": ("GET", "http:///x", []),
    "no port": ("GET", "http://shop.test:99999/", []),
    "port 0": ("GET", "http://shop.test:0/", []),
    "half an address": ("GET", "http://[::1/", []),
    "a password": ("GET", "http://anna:pw@shop.test/", []),
    "a method with a blank": ("GET /", "http://shop.test/", []),
    "a header without a name": ("GET", "http://shop.test/", ["no header"]),
    "a header with a line break": ("GET", "http://shop.test/", ["X: a\r\nY: b"]),
    "a header beyond Latin-1": ("GET", "http://shop.test/", ["X: \u20ac"]),
}


@pytest.mark.parametrize(("method", "url", "headers"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_impossible_request_is_refused(http: Http, method: str, url: str, headers: list[str]) -> None:
    message = sentence(lambda: http.request(method, url, headers=headers), BadUsage)
    assert "pw" not in message


def test_agent_that_is_not_a_header_is_refused(http: Http) -> None:
    message = sentence(lambda: http.request("GET", "http://127.0.0.1/", agent="\u20ac"), BadUsage)
    assert message.startswith("the user agent is not a header")


def test_host_name_without_a_possible_certificate_is_refused(http: Http) -> None:
    with web_server({"/": HELLO}) as server:
        url = f"https://shop..test:{server.port}/"
        message = sentence(lambda: http.request("GET", url, resolve={"shop..test": "127.0.0.1"}), BadUsage)
    assert "shop..test" in message


def test_ipv6_address(http: Http) -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        url = f"http://[::1]:{listener.getsockname()[1]}/"
    assert sentence(lambda: http.get(url)) == f"GET {url}: connection refused"


@pytest.mark.parametrize("host", ["[::1%25lo]", "[::1]"])
def test_ipv6_address_may_have_a_zone(http: Http, host: str, authority: Authority) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        heard = []

        def serve() -> None:
            for context in (None, authority.context("::1")):
                with suppress(OSError):
                    connection = listener.accept()[0]
                    if context is not None:
                        connection = context.wrap_socket(connection, server_side=True)
                    with connection:
                        heard.append(connection.recv(65_536))
                        connection.sendall(OK + b"Content-Length: 2\r\n\r\nhi")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert http.get(f"http://{host}:{port}/").text == "hi"
        assert http.get(f"https://{host}:{port}/", tls=TlsOptions(ca=authority.file)).text == "hi"
        thread.join(5)
    assert all(f"\r\nHost: [::1]:{port}\r\n".encode() in request for request in heard)


def test_login_without_a_password_is_unknown(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGIN", "anna")
    message = sentence(lambda: http.get("http://127.0.0.1/", login=Secret(env="LOGIN")), CannotTell)
    assert message == "the login in LOGIN is not USER:PASSWORD"


UNTRUSTED: dict[str, tuple[tuple[str, ...], float, float, str]] = {
    "expired": (("localhost",), -30, -3, "the certificate of localhost expired on 20"),
    "not yet valid": (("localhost",), 3, 30, "the certificate of localhost is not valid before 20"),
    "wrong name": (("shop.test", "www.shop.test"), -1, 30, "is for shop.test, www.shop.test, not for localhost"),
}


@pytest.mark.parametrize(("names", "starts", "ends", "why"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_rejected_certificate_is_explained(
    http: Http, authority: Authority, names: tuple[str, ...], starts: float, ends: float, why: str
) -> None:
    with web_server({"/": HELLO}, authority.context(*names, starts=starts, ends=ends)) as server:
        url = f"https://localhost:{server.port}/"
        assert why in sentence(lambda: http.get(url, tls=TlsOptions(ca=authority.file)))
        assert http.get(url, tls=TlsOptions(insecure=True)).text == "hello"


def test_certificate_behind_a_proxy(http: Http, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    context = authority.context("shop.test", starts=-9, ends=-3)

    def proxy(connection: socket.socket) -> None:
        assert connection.recv(1_000).startswith(b"CONNECT shop.test:443 ")
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        context.wrap_socket(connection, server_side=True).close()

    with raw_server(proxy) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        tls = TlsOptions(ca=authority.file)
        message = sentence(lambda: http.request("GET", "https://shop.test/", tls=tls, proxy_from_env=True))
    assert message == ("GET https://shop.test/: the certificate of shop.test is not trusted: certificate has expired")


def test_unknown_authority_is_not_trusted(http: Http, authority: Authority) -> None:
    with web_server({"/": HELLO}, authority.context("localhost")) as server:
        message = sentence(lambda: http.get(f"https://localhost:{server.port}/"))
    assert "the certificate of localhost is issued by" in message
    assert "neither trusted nor sent along" in message


def test_resolve_option_keeps_the_name_for_the_certificate(http: Http, authority: Authority) -> None:
    with web_server({"/": HELLO}, authority.context("shop.test")) as server:
        reply = http.request(
            "GET",
            f"https://shop.test:{server.port}/",
            resolve={"shop.test": "127.0.0.1"},
            tls=TlsOptions(ca=authority.file),
        )
    assert reply.text == "hello"


def test_client_certificate(http: Http, authority: Authority, tmp_path: Path) -> None:
    own = authority.write(tmp_path / "own.pem", "monitor.test")
    with web_server({"/": HELLO}, authority.context("localhost", client_ca=True)) as server:
        url = f"https://localhost:{server.port}/"
        assert http.get(url, tls=TlsOptions(ca=authority.file, client_cert=own)).text == "hello"
        message = sentence(lambda: http.get(url, tls=TlsOptions(ca=authority.file)))
    # The server's refusal may overtake our request or come after it.
    refusals = ("the server requires a client certificate", "the server closed the connection during the TLS handshake")
    assert message.endswith(refusals)


def test_plain_http_instead_of_tls_is_down(http: Http) -> None:
    with web_server({"/": HELLO}) as server:
        message = sentence(lambda: http.get(f"https://127.0.0.1:{server.port}/"))
    assert message == f"GET https://127.0.0.1:{server.port}/: the server does not speak TLS here"


FILES = {
    "no such file": ("gone.pem", "No such file or directory"),
    "no certificate": ("junk.pem", "it must be"),
}


@pytest.mark.parametrize("option", ["ca", "client_cert"])
@pytest.mark.parametrize(("name", "why"), FILES.values(), ids=FILES)
def test_unusable_certificate_file_is_unknown(http: Http, tmp_path: Path, option: str, name: str, why: str) -> None:
    (tmp_path / "junk.pem").write_text("junk")
    path = str(tmp_path / name)
    tls = TlsOptions(ca=path) if option == "ca" else TlsOptions(client_cert=path)
    message = sentence(lambda: http.get("https://127.0.0.1/", tls=tls), CannotTell)
    assert path in message
    assert why in message


def test_changed_authority_file_is_read_again(http: Http, tmp_path: Path) -> None:
    old, new = Authority(tmp_path), None
    (tmp_path / "new").mkdir()
    new = Authority(tmp_path / "new")
    with web_server({"/": HELLO}, new.context("localhost")) as server:
        url = f"https://localhost:{server.port}/"
        sentence(lambda: http.get(url, tls=TlsOptions(ca=old.file)))
        Path(old.file).write_bytes(Path(new.file).read_bytes())
        assert http.get(url, tls=TlsOptions(ca=old.file)).text == "hello"
