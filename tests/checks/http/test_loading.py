"""Modules that network checks load: nothing heavy for their help, and only what the probe needs."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import Authority, raw_server, web_server

HEAVY = ("requests", "urllib3", "dns", "cryptography", "ssl", "http.client")
PROGRAM = f"""
import os, sys
sys.argv = ["check", *sys.argv[1:]]
leave = os._exit
def report_and_leave(code):
    os.write(2, " ".join(sorted(set({HEAVY!r}) & set(sys.modules))).encode())
    leave(code)
os._exit = report_and_leave
from checkwright.core.check_program import main
try:
    main()
finally:
    report_and_leave(0)
"""


def loaded(*words: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, timeout=30)
    assert done.stdout.strip()
    return set(done.stderr.split())


@pytest.mark.parametrize("name", ["http", "json_api", "tls_certificate", "dns", "tcp_port"])
def test_help_loads_nothing_heavy(name: str) -> None:
    assert loaded(name, "--help") == set()


def test_plain_port_loads_no_tls() -> None:
    with raw_server(lambda _connection: None) as port:
        assert loaded("tcp_port", "-H", "127.0.0.1", "-p", str(port)) == set()


def test_a_request_loads_nothing_heavy() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    with raw_server(talk) as port:
        assert loaded("http", "-u", f"http://127.0.0.1:{port}/") == set()


def test_a_request_by_tls_loads_ssl_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with web_server({"/": (200, {}, b"hello")}, authority.context("localhost")) as server:
        assert loaded("http", "-u", f"https://localhost:{server.port}/", "--ca", authority.file) == {"ssl"}


def test_bad_options_load_nothing_heavy() -> None:
    assert loaded("http", "-u", "shop.test") == set()
