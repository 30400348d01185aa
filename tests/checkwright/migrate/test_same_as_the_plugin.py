"""A check that replaces a plugin gives the plugin's answer: both run on this machine, on each side of a threshold."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from checkwright.migrate.recognise import Equivalent, recognise
from tests.checkwright.migrate.test_recognise import words
from tests.support.installed import ROOT
from tests.support.ports import free_port
from tests.support.real import require

PLUGINS = "/usr/lib/nagios/plugins"

OK, WARNING, CRITICAL = 0, 1, 2

HERE = {
    "a disk with room": ("check_disk -w 0% -c 0% -p /", OK),
    "a disk with little room": ("check_disk -w 100% -c 0% -p /", WARNING),
    "a disk without room": ("check_disk -E -w 100% -c 100% -p /", CRITICAL),
    "a disk without inodes": ("check_disk -w 0% -c 0% -W 100% -K 100% -p /", CRITICAL),
    "a load": ("check_load -w 9000,9000,9000 -c 9999,9999,9999", OK),
    "a load per CPU": ("check_load -r -w 9000,9000,9000 -c 9999,9999,9999", OK),
    "processes": ("check_procs -w 100000 -c 200000", OK),
    "many processes": ("check_procs -w 1 -c 200000", WARNING),
    "too many processes": ("check_procs -w 1 -c 2", CRITICAL),
    "no such process": ("check_procs -c 1: -C nobody-runs-this", CRITICAL),
    "of another user": ("check_procs -w 0 -c 0 -u games", OK),
    "swap, or none": ("check_swap -n ok -w 2% -c 1%", OK),
    "a young file": ("check_file_age -w 5000 -c 9000 -f {file}", OK),
    "a file": ("check_file_age -w 500 -c 9000 -f {file}", WARNING),
    "an old file": ("check_file_age -w 50 -c 500 -f {file}", CRITICAL),
    "a small file": ("check_file_age -w 5000 -c 9000 -W 100 -C 1 -f {file}", WARNING),
    "no file": ("check_file_age -w 5000 -c 9000 -f {file}.gone", CRITICAL),
    "no file, which may be": ("check_file_age -i -w 5000 -c 9000 -f {file}.gone", OK),
    "a port": ("check_tcp -H 127.0.0.1 -p {port}", OK),
    "a slow port": ("check_tcp -H 127.0.0.1 -p {port} -w 0 -c 9", WARNING),
    "a closed port": ("check_tcp -H 127.0.0.1 -p {closed}", CRITICAL),
    "a page": ("check_http -I 127.0.0.1 -p {port} -u / -e 200", OK),
    "a page with words": ("check_http -I 127.0.0.1 -p {port} -u / -e 200 -s hello", OK),
    "a page with other words": ("check_http -I 127.0.0.1 -p {port} -u / -e 200 -s goodbye", CRITICAL),
    "another status": ("check_http -I 127.0.0.1 -p {port} -u /gone -e 200", CRITICAL),
    "a status that is expected": ("check_http -I 127.0.0.1 -p {port} -u /gone -e 404", OK),
    "a slow page": ("check_http -I 127.0.0.1 -p {port} -u / -e 200 -w 0 -c 9", WARNING),
    "no page": ("check_http -I 127.0.0.1 -p {closed} -u / -e 200", CRITICAL),
    "a redirect": ("check_http -I 127.0.0.1 -p {port} -u /moved -e 302", OK),
}


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response({"/": 200, "/moved": 302}.get(self.path, 404))
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    file = tmp_path_factory.mktemp("same") / "file"
    file.write_text("ten bytes\n")
    os.utime(file, (time.time() - 1000, time.time() - 1000))
    server = HTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield {"file": file, "port": server.server_port, "closed": free_port()}
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize(("line", "state"), HERE.values(), ids=HERE)
def test_both_say_the_same(line: str, state: int, places: dict[str, object], tmp_path: Path) -> None:
    name, *arguments = line.format(**places).split()
    plugin = require(f"{PLUGINS}/{name}", package="monitoring-plugins-basic")
    if name == "check_disk" and not any(
        line.split()[1] == "/" for line in Path("/proc/self/mounts").read_text().splitlines()
    ):
        pytest.skip("check_disk knows no / in a changed root")
    found = recognise([plugin, *arguments])
    assert isinstance(found, Equivalent)
    theirs = subprocess.run([plugin, *arguments], capture_output=True, text=True, timeout=60)
    check = [sys.executable, str(ROOT / "bin/check"), *words(found.check).split()]
    env = {**os.environ, "CHECKS_STATE_DIR": str(tmp_path)}
    ours = subprocess.run(check, capture_output=True, text=True, timeout=60, env=env)
    assert (theirs.returncode, ours.returncode) == (state, state), (theirs.stdout, ours.stdout)
