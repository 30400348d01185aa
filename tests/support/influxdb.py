"""Real InfluxDB 1 on a free loopback port, with an administrator."""

import base64
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.real import require, starts_a_daemon

USER, PASSWORD = "admin", "p:ss word"
_CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = true
  log-enabled = false
"""


class InfluxServer:
    """InfluxDB in a folder. It can be stopped and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self._program = require("influxd", package="influxdb")
        self._folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        (folder / "influxdb.conf").write_text(_CONFIG.format(folder=folder, port=self.port, rpc=free_port()))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        starts_a_daemon("influxd")
        with (self._folder / "log").open("ab") as log:
            argv = [self._program, "-config", str(self._folder / "influxdb.conf")]
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://{self.address}/ping", timeout=5).close()
                return
            except OSError:
                assert self._process.poll() is None, (self._folder / "log").read_text()[-2_000:]
                assert time.monotonic() < end, "InfluxDB did not become ready"
                time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def query(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """Return rows of an answer as {column: value}, with the tags of their series."""
        words = urllib.parse.urlencode({"q": text, "db": database, "epoch": "s"})
        request = urllib.request.Request(f"http://{self.address}/query", words.encode())
        request.add_header("Authorization", f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            (result,) = json.load(answer)["results"]
        assert "error" not in result, result
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], row, strict=True))}
            for series in result.get("series", ())
            for row in series["values"]
        ]


@contextmanager
def influxdb(folder: Path) -> Iterator[InfluxServer]:
    """Run an InfluxDB with the database `nagios` until the block ends."""
    server = InfluxServer(folder)
    server.start()
    try:
        server.query(f"CREATE USER {USER} WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES")
        server.query("CREATE DATABASE nagios")
        yield server
    finally:
        server.stop()
