"""Real carbon-cache of Graphite on a free loopback port."""

import os
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.real import require, starts_a_daemon

_CONFIG = """\
[cache]
STORAGE_DIR = {folder}
CONF_DIR = {folder}
LOG_DIR = {folder}/log
PID_DIR = {folder}
LOCAL_DATA_DIR = {folder}/whisper/
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {query}
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = 10000
ENABLE_TAGS = False
"""
_SCHEMAS = "[all]\npattern = .*\nretentions = 60s:30d\n"


class CarbonServer:
    """carbon-cache in a folder. It can be stopped and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self._program = require("carbon-cache", package="graphite-carbon")
        self._folder = folder
        self.port = free_port()
        text = _CONFIG.format(folder=folder, port=self.port, pickle=free_port(), query=free_port())
        (folder / "carbon.conf").write_text(text)
        (folder / "storage-schemas.conf").write_text(_SCHEMAS)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        starts_a_daemon("carbon-cache")
        environment = {**os.environ, "GRAPHITE_ROOT": str(self._folder)}
        argv = [self._program, f"--config={self._folder / 'carbon.conf'}", "--nodaemon", "start"]
        with (self._folder / "output").open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log, cwd=self._folder, env=environment)
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            except OSError:
                assert self._process.poll() is None, (self._folder / "output").read_text()[-2_000:]
                assert time.monotonic() < end, "carbon did not become ready"
                time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def values(self, path: str) -> dict[int, float]:
        """Return the stored values of a metric by moment, {} for none, from its whisper file."""
        file = self._folder / "whisper" / f"{path.replace('.', '/')}.wsp"
        data = file.read_bytes() if file.exists() else b""
        found = {}
        for at in range(28, len(data) - 11, 12):  # after the file's head of 16 bytes, and one archive's of 12
            moment, value = struct.unpack("!Ld", data[at : at + 12])
            if moment:
                found[moment] = value
        return found

    def wait(self, happened: Callable[[], bool], what: str) -> None:
        """Wait for a condition: carbon writes some time after it has read."""
        end = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < end, f"waited in vain for {what}: {sorted(self.metrics())}"
            time.sleep(0.1)

    def metrics(self) -> set[str]:
        """Return the paths of all stored metrics, without carbon's own."""
        root = self._folder / "whisper"
        names = {str(file.relative_to(root))[:-4].replace("/", ".") for file in root.rglob("*.wsp")}
        return {name for name in names if not name.startswith("carbon.")}


@contextmanager
def carbon(folder: Path) -> Iterator[CarbonServer]:
    """Run a carbon-cache until the block ends."""
    server = CarbonServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
