"""Access logs of the real nginx, HAProxy and Apache, in the formats that docs/guides/latency.md shows."""

import http.client
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from checkwright.latency.counts import NO_ROUTE, Slot
from checkwright.latency.format_parser import parse_format
from checkwright.latency.tally import Tally
from checkwright.latency.url_routes import Routes
from tests.support.daemons import Daemon, accepts, running, wait_until
from tests.support.installed import ROOT
from tests.support.ports import closed_port, free_port
from tests.support.real import require
from tests.support.servers import raw_server

pytestmark = pytest.mark.daemon

PAGE = (ROOT / "docs/guides/latency.md").read_text(encoding="utf-8")
ROUTES = ["GET /orders/{id}", "POST /orders", "GET /files/*"]
#: Seconds that the application takes, and the client that is slow to read.
SLOW = 0.2
BODY = b"x" * 4_000_000


def directive(pattern: str) -> str:
    """Return a directive from the page."""
    found = re.search(pattern, PAGE, re.S | re.M)
    assert found
    return found[0]


def talk(connection: socket.socket) -> None:
    """Answer one request: a slow one below /orders, a large one below /files."""
    request = connection.recv(65_536)
    if request.startswith((b"GET /orders", b"POST /orders")):
        time.sleep(SLOW)
    body = BODY if request.startswith(b"GET /files") else b"ok"
    with suppress(OSError):
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)


def get(port: int, path: str, method: str = "GET", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def read_slowly(port: int, path: str) -> None:
    """Read the head of an answer, and its body a second later."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        client.recv(100)
        time.sleep(1)
        while client.recv(1_000_000):
            pass


def send_garbage(port: int) -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", port))
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        client.settimeout(60)
        with suppress(OSError):
            while client.recv(1_000):
                pass


def counted(
    log_format: str, file: Path, lines: int
) -> tuple[Tally, dict[tuple[str, str], list[int]], dict[str, list[int]]]:
    """Return the tally of a log that has got its lines, and the times by endpoint and class, and of the total."""
    wait_until(lambda: file.exists() and file.read_bytes().count(b"\n") >= lines, "the log has too few lines")
    tally = Tally(parse_format(log_format), Routes(ROUTES))
    tally.feed(file.read_bytes())
    result = tally.result()

    def times(slots: dict[int, Slot]) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for slot in slots.values():
            assert abs(slot.start - time.time()) < 900  # the zone of the log was understood
            for key, cell in slot.cells.items():
                found.setdefault(key, []).extend(
                    [*(ms for ms, count in cell.times.items() for _ in range(count)), *[-1] * cell.untimed]
                )
        return found

    totals: dict[str, list[int]] = {}
    for slot in result.totals.values():
        for (name, _), cell in slot.cells.items():
            totals.setdefault(name, []).extend(ms for ms, count in cell.times.items() for _ in range(count))
    return tally, times(result.slots), totals


NGINX = """\
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
    {log_format}
    access_log {folder}/access.log timed;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream shop {{ server 127.0.0.1:{closed} max_fails=0; server 127.0.0.1:{app} max_fails=0; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://shop; proxy_next_upstream_tries 2; }}
        location /hello {{ return 200 "hello"; }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, log_format: str, app: int) -> Iterator[int]:
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, log_format=log_format, closed=closed_port(), app=app, port=port))
    program = require("nginx", package="nginx-light")
    argv = [program, "-p", str(folder), "-e", "stderr", "-c", str(file)]
    with running(Daemon(argv, folder, lambda: accepts(f"127.0.0.1:{port}"))):
        yield port


FORMATS = {
    "of the page": directive(r"^log_format timed .*?;$"),
    "escape=json": (
        'log_format timed escape=json \'{"t":"$time_iso8601","m":"$request_method","u":"$request_uri","s":"$status",'
        '"rt":"$request_time","urt":"$upstream_response_time","a":"$upstream_addr","ua":"$http_user_agent"}\';'
    ),
}


@pytest.mark.parametrize("log_format", FORMATS.values(), ids=FORMATS)
def test_nginx(log_format: str, tmp_path: Path) -> None:
    with raw_server(talk) as app, nginx(tmp_path, log_format, app) as port:
        for number in range(4):
            assert get(port, f"/orders/{number}?x={{}}", **{"User-Agent": 'a "quoted" \\ b\xe4'}) == 200
        read_slowly(port, "/files/large")
        assert get(port, "/hello/you") == 200
        send_garbage(port)
        # accepts() of the start opens a connection without a request, which nginx does not log.
        tally, times, totals = counted(log_format, tmp_path / "access.log", 7)
    assert (tally.lines, tally.unreadable, tally.norequest) == (7, 0, 1)
    assert all(ms >= SLOW * 990 for ms in times["GET /orders/{id}", "2xx"])
    assert len(times["GET /orders/{id}", "2xx"]) == 4
    # The refused server makes a list of two times for some of the requests.
    assert b", " in (tmp_path / "access.log").read_bytes()
    (server,), (total,) = times["GET /files/*", "2xx"], totals["GET /files/*"]
    assert total >= 990  # the slow client is in the total alone, where nginx could buffer the answer
    assert server <= total
    assert times[NO_ROUTE, "2xx"] == [-1]  # nginx itself answered


HAPROXY = """\
global
    log stdout format raw local0
defaults
    mode http
    log global
    option httplog
    retries 0
    timeout connect 2s
    timeout client 10s
    timeout server {timeout}
frontend web
    bind 127.0.0.1:{port}
    capture request header User-Agent len 40
    http-request redirect location /new if {{ path /old }}
    use_backend none if {{ path_beg /none }}
    default_backend shop
backend shop
    server s1 127.0.0.1:{app}
backend none
    server n1 127.0.0.1:{closed}
"""


def test_haproxy(tmp_path: Path) -> None:
    program = require("haproxy", package="haproxy")
    port = free_port()
    with raw_server(talk) as app:
        file = tmp_path / "haproxy.cfg"
        file.write_text(HAPROXY.format(port=port, app=app, closed=closed_port(), timeout="10s"))
        daemon = Daemon([program, "-db", "-f", str(file)], tmp_path, lambda: accepts(f"127.0.0.1:{port}"))
        with running(daemon):
            for number in range(4):
                assert get(port, f"/orders/{number}", **{"User-Agent": 'a "quoted" {b}'}) == 200
            assert get(port, "/old") == 302
            assert get(port, "/none") == 503
            send_garbage(port)
            wait_until(lambda: b"<BADREQ>" in daemon.log.read_bytes(), "HAProxy has not logged the last line")
        log = tmp_path / "access.log"
        log.write_bytes(
            b"".join(line for line in daemon.log.read_bytes().splitlines(keepends=True) if b"] web" in line)
        )
    tally, times, totals = counted("option httplog", log, 7)
    assert tally.unreadable == 0
    assert tally.norequest >= 1
    assert len(times["GET /orders/{id}", "2xx"]) == 4
    assert all(ms >= SLOW * 990 for ms in times["GET /orders/{id}", "2xx"])
    assert all(ms >= SLOW * 990 for ms in totals["GET /orders/{id}"])
    assert times[NO_ROUTE, "3xx"] == [-1]  # HAProxy itself answered
    assert len(times[NO_ROUTE, "cut"]) == 1  # no server was there


APACHE = """\
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
{account}
{log_format}
ProxyPass / http://127.0.0.1:{app}/
"""


def test_apache(tmp_path: Path) -> None:
    program = require("apache2", package="apache2")
    port = free_port()
    log_format = directive(r"^LogFormat .*? timed$")
    custom = directive(r"^CustomLog .*? timed$").replace("${APACHE_LOG_DIR}", str(tmp_path))
    with raw_server(talk) as app:
        file = tmp_path / "apache.conf"
        file.write_text(
            APACHE.format(
                folder=tmp_path,
                port=port,
                modules="/usr/lib/apache2/modules",
                account="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
                log_format=f"{log_format}\n{custom}",
                app=app,
            )
        )
        argv = [program, "-D", "FOREGROUND", "-f", str(file)]
        with running(Daemon(argv, tmp_path, lambda: accepts(f"127.0.0.1:{port}"))):
            for number in range(4):
                assert get(port, f"/orders/{number}", **{"User-Agent": 'a "quoted" \\ b\xe4'}) == 200
            read_slowly(port, "/files/large")
            tally, times, _ = counted(f"{log_format}\n{custom}", tmp_path / "access.log", 5)
    assert tally.unreadable == 0
    assert len(times["GET /orders/{id}", "2xx"]) == 4
    assert all(ms >= SLOW * 990 for ms in times["GET /orders/{id}", "2xx"])
    assert times["GET /files/*", "2xx"][0] >= 0
