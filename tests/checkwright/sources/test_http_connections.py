"""Connections of Http: kept for redirects, through proxies and tunnels, and ended by servers at bad moments."""

import base64
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from checkwright.core.current import Current, current, enter, leave
from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.http import Http
from checkwright.sources.http_proxies import proxy_for
from checkwright.sources.http_url import Url
from tests.support.ports import closed_port
from tests.support.servers import Authority, Page, raw_server, web_server

HELLO: Page = (200, {}, b"hello")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def http() -> Http:
    return Http.open()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def sentence(call: Callable[[], object], kind: type[CheckError] = Down) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return str(caught.value)


def heads(connection: socket.socket) -> Iterator[bytes]:
    """Yield the head of each request on a connection, until its client closes it."""
    held = b""
    while part := connection.recv(65_536):
        held += part
        while b"\r\n\r\n" in held:
            head, _, held = held.partition(b"\r\n\r\n")
            yield head


def test_request_as_it_is_sent(http: Http) -> None:
    seen = []

    def talk(connection: socket.socket) -> None:
        seen.append(connection.recv(65_536))
        connection.sendall(ANSWER)

    with raw_server(talk) as port:
        url = f"http://127.0.0.1:{port}"
        http.request("get", f"{url}/a b?c=d#e", headers=["X-One: 1", "user-agent: mine"], agent="unused")
        http.request("POST", url, body="\u00e4".encode(), headers=["Content-Length: 99", "Host: shop.test"])
        http.request("PUT", url)
    assert seen == [
        f"GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nuser-agent: mine\r\nAccept: */*\r\n"
        "Accept-Encoding: identity\r\nX-One: 1\r\n\r\n".encode(),
        b"POST / HTTP/1.1\r\nUser-Agent: checkwright\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
        b"Host: shop.test\r\nContent-Length: 2\r\n\r\n\xc3\xa4",
        f"PUT / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: checkwright\r\nAccept: */*\r\n"
        "Accept-Encoding: identity\r\nContent-Length: 0\r\n\r\n".encode(),
    ]


def test_name_with_other_letters(http: Http) -> None:
    with web_server({"/": HELLO}) as server:
        url = f"http://b\u00fccher.test:{server.port}/"
        reply = http.request("GET", url, resolve={"xn--bcher-kva.test": "127.0.0.1"})
        assert http.request("GET", url, resolve={"b\u00fccher.test": "127.0.0.1"}).text == "hello"
    assert reply.url == f"http://xn--bcher-kva.test:{server.port}/"
    assert server.seen[0][2]["host"] == f"xn--bcher-kva.test:{server.port}"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_answers_without_a_body_do_not_wait_for_one(http: Http, status: str) -> None:
    def talk(connection: socket.socket) -> None:
        for _ in heads(connection):
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 100\r\n\r\n".encode())

    with raw_server(talk) as port:
        reply = http.request("GET", f"http://127.0.0.1:{port}/")
        assert (str(reply.status), reply.size) == (status[:3], 0)


def test_head(http: Http) -> None:
    def talk(connection: socket.socket) -> None:
        for head in heads(connection):
            assert head.startswith(b"HEAD / HTTP/1.1\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Encoding: gzip\r\n\r\n")

    with raw_server(talk) as port:
        reply = http.request("HEAD", f"http://127.0.0.1:{port}/")
    assert (reply.size, reply.headers["content-length"]) == (0, "100")


def test_answer_before_the_whole_body_was_sent(http: Http) -> None:
    """A server that refuses a large body answers at once, and resets the connection for the rest."""

    def talk(connection: socket.socket) -> None:
        connection.recv(1_000)
        connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
        time.sleep(0.2)

    with raw_server(talk) as port:
        try:
            assert http.request("POST", f"http://127.0.0.1:{port}/", body=bytes(9_000_000)).status == 413
        except Down as down:  # the kernel may drop the answer with the reset
            assert str(down).endswith("the connection was reset")


def pages(connections: list[list[bytes]], end: bytes) -> Callable[[socket.socket], None]:
    """Return a server that answers / by a redirect to /next with this end, and /next by hello."""

    def talk(connection: socket.socket) -> None:
        seen: list[bytes] = []
        connections.append(seen)
        for head in heads(connection):
            seen.append(head.split()[1])
            if seen[-1] != b"/":
                connection.sendall(ANSWER)
                continue
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /next\r\n" + end)

    return talk


KEPT = {
    "kept": (b"Content-Length: 0\r\n\r\n", 1),
    "kept, with chunks": (b"Transfer-Encoding: chunked\r\n\r\n5\r\nmoved\r\n0\r\n\r\n", 1),
    "close": (b"Connection: close\r\nContent-Length: 0\r\n\r\n", 2),
    "more than its length": (b"Content-Length: 0\r\n\r\nmoved", 2),
}


@pytest.mark.parametrize(("end", "count"), KEPT.values(), ids=KEPT)
def test_connection_of_a_redirect(http: Http, end: bytes, count: int) -> None:
    connections: list[list[bytes]] = []
    with raw_server(pages(connections, end)) as port:
        assert http.get(f"http://127.0.0.1:{port}/").text == "hello"
    assert len(connections) == count


def test_connection_that_the_server_closes_after_a_redirect(http: Http) -> None:
    connections: list[int] = []

    def talk(connection: socket.socket) -> None:
        connections.append(1)
        for head in heads(connection):
            if head.split()[1] == b"/":
                connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
            elif len(connections) == 1:
                return  # closed at the very moment of the next request
            else:
                connection.sendall(ANSWER)

    with raw_server(talk) as port:
        assert http.get(f"http://127.0.0.1:{port}/").text == "hello"
    assert len(connections) == 2


def test_new_connection_that_the_server_closes_is_down(http: Http) -> None:
    connections: list[int] = []

    def talk(connection: socket.socket) -> None:
        connections.append(1)
        connection.recv(1_000)

    with raw_server(talk) as port:
        message = sentence(lambda: http.get(f"http://127.0.0.1:{port}/"))
    assert message == f"GET http://127.0.0.1:{port}/: the server closed the connection without an answer"
    assert len(connections) == 1


@contextmanager
def proxy(
    target: int, context: ssl.SSLContext | None = None, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n"
) -> Iterator[tuple[int, list[bytes]]]:
    """Run a proxy that tunnels everything to a port of this machine. Yields its port, and heads that it has seen."""
    seen: list[bytes] = []

    def copy(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def talk(connection: socket.socket) -> None:
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        head = next(heads(connection))
        seen.append(head)
        with connection, socket.create_connection(("127.0.0.1", target)) as server:
            if head.startswith(b"CONNECT "):
                connection.sendall(answer)
            else:
                server.sendall(head + b"\r\n\r\n")
            back = threading.Thread(target=copy, args=(server, connection), daemon=True)
            back.start()
            copy(connection, server)
            back.join(5)

    with raw_server(talk) as port:
        yield port, seen


def test_tunnel(http: Http, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    login = base64.b64encode(b"anna:p@ss").decode()
    with web_server({"/": HELLO}, authority.context("shop.test")) as server, proxy(server.port) as (port, seen):
        monkeypatch.setenv("https_proxy", f"http://anna:p%40ss@127.0.0.1:{port}")
        token = enter(Current("test", "test", time.monotonic() + 20))
        try:
            tls = TlsOptions(ca=authority.file)
            reply = http.request("GET", "https://shop.test/", tls=tls, proxy_from_env=True)
            assert {"p%40ss", "p@ss", login} <= current().secrets
        finally:
            leave(token)
    assert reply.text == "hello"
    assert seen[0].split(b"\r\n") == [
        b"CONNECT shop.test:443 HTTP/1.1",
        b"Host: shop.test:443",
        f"Proxy-Authorization: Basic {login}".encode(),
    ]
    assert "proxy-authorization" not in server.seen[0][2]


def test_proxy_by_tls(http: Http, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    by_tls = authority.context("localhost")
    with (
        web_server({"/": HELLO, "/large": (200, {}, b"x" * 500_000)}, authority.context("shop.test")) as server,
        proxy(server.port, by_tls) as (port, _),
    ):
        monkeypatch.setenv("https_proxy", f"https://localhost:{port}")
        tls = TlsOptions(ca=authority.file)
        for path, size in (("/", 5), ("/large", 500_000)):
            assert http.request("GET", f"https://shop.test{path}", tls=tls, proxy_from_env=True).size == size
        message = sentence(
            lambda: http.request("GET", "https://other.test/", tls=tls, proxy_from_env=True),
        )
        assert "certificate of other.test is not trusted" in message
    with web_server({"http://shop.test/": HELLO}, by_tls) as plain:
        monkeypatch.setenv("http_proxy", f"https://localhost:{plain.port}")
        assert http.request("GET", "http://shop.test/", tls=tls, proxy_from_env=True).text == "hello"
        message = sentence(lambda: http.request("GET", "http://shop.test/", proxy_from_env=True), CannotTell)
    assert "by the proxy localhost" in message


def test_request_by_a_proxy(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server({"/": HELLO}) as server, proxy(server.port) as (port, seen):
        monkeypatch.setenv("http_proxy", f"anna:pw@127.0.0.1:{port}")
        with suppress(Down):
            http.request("GET", "http://shop.test:8080/a?b#c", proxy_from_env=True)
    lines = seen[0].split(b"\r\n")
    assert lines[:2] == [b"GET http://shop.test:8080/a?b HTTP/1.1", b"Host: shop.test:8080"]
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"anna:pw") in lines


REFUSED = {
    "a login is needed": (
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        "the proxy failed: status 407 Proxy Authentication Required",
    ),
    "forbidden": (
        b"HTTP/1.0 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n",
        "the proxy failed: status 403 Forbidden",
    ),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", "it does not speak HTTP, it sent 'SSH-2.0-OpenSSH_9.2'"),
    "cut": (b"HTTP/1.1 200 OK\r\n", "the head of its answer is not valid HTTP: it breaks off before its end"),
    "silence": (b"", "it closed the connection without an answer"),
}


@pytest.mark.parametrize(("answer", "why"), REFUSED.values(), ids=REFUSED)
def test_tunnel_that_the_proxy_refuses(http: Http, monkeypatch: pytest.MonkeyPatch, answer: bytes, why: str) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1_000)
        connection.sendall(answer)

    with raw_server(talk) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        message = sentence(lambda: http.request("GET", "https://shop.test/", proxy_from_env=True), CannotTell)
    assert message.startswith("GET https://shop.test/: the proxy failed: ") and why in message


def test_silent_proxy_is_unknown_at_the_deadline(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    token = enter(Current("test", "test", time.monotonic() + 0.5))
    try:
        with raw_server(talk) as port:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
            message = sentence(lambda: http.request("GET", "https://shop.test/", proxy_from_env=True), CannotTell)
    finally:
        leave(token)
    assert message == "GET https://shop.test/: the proxy failed: no answer within 300 ms"


def test_reset_in_the_answer(http: Http) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_server(talk) as port:
        assert "the connection was reset" in sentence(lambda: http.get(f"http://127.0.0.1:{port}/"))


PROXIES: dict[str, tuple[str, dict[str, str], str]] = {
    "none": ("http://shop.test/", {}, ""),
    "of the scheme": ("http://shop.test/", {"http_proxy": "http://p:3128", "https_proxy": "http://q"}, "p:3128"),
    "of the other scheme": ("https://shop.test/", {"http_proxy": "http://p:3128"}, ""),
    "of all schemes": ("https://shop.test/", {"all_proxy": "http://p"}, "p:80"),
    "by TLS": ("https://shop.test/", {"HTTPS_PROXY": "https://p"}, "p:443"),
    "without a scheme": ("http://shop.test/", {"http_proxy": "p:3128"}, "p:3128"),
    "an IPv6 address": ("http://shop.test/", {"http_proxy": "http://[::1]:3128"}, "::1:3128"),
    "small letters win": ("http://shop.test/", {"http_proxy": "http://p:1", "HTTP_PROXY": "http://q:1"}, "p:1"),
    "empty means none": ("http://shop.test/", {"http_proxy": "", "HTTP_PROXY": "http://q:1"}, ""),
    "a header of a CGI's client": ("http://shop.test/", {"HTTP_PROXY": "http://q:1", "REQUEST_METHOD": "GET"}, ""),
    "except all": ("http://shop.test/", {"no_proxy": "*"}, ""),
    "except this host": ("http://shop.test/", {"no_proxy": "other.test, Shop.test"}, ""),
    "except this domain": ("http://www.shop.test/", {"no_proxy": "shop.test"}, ""),
    "except the domain, with its dot": ("http://www.shop.test/", {"NO_PROXY": ".shop.test"}, ""),
    "except another name with this end": ("http://workshop.test/", {"no_proxy": "shop.test"}, "p:1"),
    "except this port": ("http://shop.test:8080/", {"no_proxy": "shop.test:8080"}, ""),
    "except another port": ("http://shop.test/", {"no_proxy": "shop.test:8080"}, "p:1"),
    "except an address": ("http://10.0.0.7/", {"no_proxy": "10.0.0.7"}, ""),
    "except a network": ("http://10.0.0.7/", {"no_proxy": "10.0.0.0/24"}, ""),
    "except another network": ("http://10.0.1.7/", {"no_proxy": "10.0.0.0/24,x/24"}, "p:1"),
    "except an IPv6 address": ("http://[::1]/", {"no_proxy": "::1"}, ""),
    "except an IPv6 network": ("http://[fd00::1]/", {"no_proxy": "fd00::/8"}, ""),
    "except nothing": ("http://shop.test/", {"no_proxy": " , ,"}, "p:1"),
}


@pytest.mark.parametrize(("url", "variables", "found"), PROXIES.values(), ids=PROXIES)
def test_proxies_of_the_environment(
    url: str, variables: dict[str, str], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not any(name.lower() != "no_proxy" for name in variables) and variables:
        variables = {"http_proxy": "http://p:1", **variables}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    proxy = proxy_for(Url.parse(url))
    assert ("" if proxy is None else f"{proxy.host}:{proxy.port}") == found


@pytest.mark.parametrize("text", ["socks5://p:1080", "http://", "http://p:x", "http://[::1"])
def test_proxy_of_another_kind(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", text)
    with pytest.raises(CannotTell, match=re.escape("the proxy of the environment")):
        proxy_for(Url.parse("http://shop.test/"))


def test_missing_proxy_of_a_tunnel_is_unknown(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    message = sentence(lambda: http.request("GET", "https://shop.test/", proxy_from_env=True), CannotTell)
    assert message == f"GET https://shop.test/ by the proxy 127.0.0.1:{port}: connection refused"
