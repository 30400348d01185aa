"""HttpService, and HTTP over Unix sockets."""

import shlex
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from checkwright import Metrics, gauge
from checkwright.core.errors import CheckError, Down
from checkwright.core.world import World
from checkwright.sources.http import Http
from checkwright.sources.http_service import HttpService
from checkwright.testing import FakeHttp, run
from tests.support.servers import Authority, web_server


class Sample(HttpService):
    """Sample service."""

    url: str = HttpService.url_option("http://127.0.0.1:8080/base", "the sample")

    used = gauge("Used", warn=80)

    def probe(self) -> Metrics:
        yield self.used(self.get("/state").json().number("used"))


@contextmanager
def unix_server(path: Path, body: bytes, heard: list[bytes]) -> Iterator[str]:
    """Run an HTTP server on a Unix socket that answers one request."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    heard.append(connection.recv(65_536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield str(path)
        thread.join(5)


def test_service_is_read_below_its_url() -> None:
    assert run(Sample, "", FakeHttp({"http://127.0.0.1:8080/base/state": {"used": 3}})).state == "OK"
    assert run(Sample, "-u http://a.test/", FakeHttp({"http://a.test/state": {"used": 90}})).state == "WARNING"
    assert run(Sample, "", FakeHttp({"http://127.0.0.1:8080/base/state": Down("away")})).state == "CRITICAL"


STATUSES = {
    "rejected account": (
        401,
        "--token-env SAMPLE_TOKEN",
        "UNKNOWN",
        "status 401 Unauthorized: it rejects this account",
    ),
    "no account": (401, "", "UNKNOWN", "status 401 Unauthorized: it allows no request from here"),
    "forbidden": (403, "", "UNKNOWN", "status 403 Forbidden: it allows no request from here"),
    "wrong path": (404, "", "UNKNOWN", "status 404 Not Found: it has nothing at this path: see --url"),
    "overloaded": (503, "", "CRITICAL", "status 503 Service Unavailable: come back later"),
}


@pytest.mark.parametrize(("status", "words", "state", "why"), STATUSES.values(), ids=STATUSES)
def test_status_of_the_answer(status: int, words: str, state: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_TOKEN", "s3cret-token")
    with web_server({"/state": (status, {}, b"come back later")}) as server:
        outcome = run(Sample, f"-u http://127.0.0.1:{server.port} {words}", World())
    assert outcome.state == state
    assert outcome.summary.startswith(f"GET http://127.0.0.1:{server.port}/state: {why}")


BAD = {
    "no URL": ("-u localhost", "must begin with http://, https:// or be the path of a socket"),
    "two logins": ("--token-env A --auth-env B", "give a token or a login, not both"),
    "trust and no trust": ("--ca a --insecure", "--insecure and --ca exclude each other"),
    "a key alone": ("--client-key a", "--client-key needs --client-cert"),
}


@pytest.mark.parametrize(("command_line", "why"), BAD.values(), ids=BAD)
def test_bad_options_are_refused(command_line: str, why: str) -> None:
    outcome = run(Sample, command_line, FakeHttp({}))
    assert outcome.state == "UNKNOWN"
    assert why in outcome.summary


def test_service_with_tls_and_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_TOKEN", "s3cret-token")
    authority = Authority(tmp_path)
    with web_server({"/state": (200, {}, b'{"used": 5}')}, authority.context("localhost")) as server:
        words = f"-u https://localhost:{server.port} --ca {authority.file} --token-env SAMPLE_TOKEN"
        assert run(Sample, words, World()).state == "OK"
    assert server.seen[0][2]["authorization"] == "Bearer s3cret-token"


def test_service_on_a_unix_socket(tmp_path: Path) -> None:
    heard: list[bytes] = []
    with unix_server(tmp_path / "sock", b'{"used": 5}', heard) as path:
        assert run(Sample, ["-u", path], World()).state == "OK"
    assert heard[0].startswith(b"GET /state HTTP/1.1\r\nHost: localhost\r\n")


def test_reply_over_a_unix_socket(tmp_path: Path) -> None:
    with unix_server(tmp_path / "sock", b"hello", []) as path:
        reply = Http.open().get("http://docker/version", unix_socket=path)
    assert (reply.text, reply.url) == ("hello", "http://docker/version")
    assert reply.timings.resolve is None
    assert reply.timings.connect is not None


def test_unix_socket_without_a_server_is_down(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with pytest.raises(CheckError) as caught:
        Http.open().get("http://docker/version", unix_socket=str(path))
    assert str(caught.value) == f"GET http://docker/version by {path}: there is no such socket"
    assert run(Sample, shlex.join(["-u", str(path)]), World()).state == "CRITICAL"
